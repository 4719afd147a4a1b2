// Builds the program and its simulation as plain JavaScript: the loader that the tests run under names every function as it is made, which
// costs more than all the rest of a simulated life. Types are not looked at; that is done elsewhere.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import ts from 'typescript'

const ROOT = resolve(import.meta.dirname, '../..')
/** Where Node finds the packages, and git looks for nothing. */
export const BUILT = join(ROOT, 'node_modules', '.simulation')
const FOLDERS = ['src', 'test/simulation', 'test/support', 'test/config']

/** All sources of the program and of its simulation. */
export const sources = (): ReadonlyArray<string> =>
  FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
      .map((name) => join(folder, name)),
  )

/** The JavaScript of a source. */
export const built = (text: string): string =>
  ts.transpileModule(text, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
  }).outputText

/** Builds what changed since the last time; gives the folder. */
export const build = (into: string = BUILT): string => {
  for (const source of sources()) {
    const from = join(ROOT, source)
    const to = join(into, source.replace(/\.ts$/, '.js'))
    if (existsSync(to) && statSync(to).mtimeMs >= statSync(from).mtimeMs) continue
    mkdirSync(dirname(to), { recursive: true })
    put(into, to, built(readFileSync(from, 'utf8')))
  }
  const about = join(into, 'package.json')
  if (!existsSync(about)) put(into, about, '{ "type": "module" }\n')
  return into
}

// Written beside the folder and renamed: another process may build into the same one meanwhile, run what is in it or copy it.
const put = (into: string, path: string, text: string): void => {
  const beside = `${into}-${process.pid}`
  writeFileSync(beside, text)
  renameSync(beside, path)
}
