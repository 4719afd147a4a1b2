// Builds the program and its simulation as plain JavaScript: the loader that the tests run under names every function as it is made, which
// costs more than all the rest of a simulated life. Types are not looked at; that is done elsewhere.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
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
    writeFileSync(to, built(readFileSync(from, 'utf8')))
  }
  writeFileSync(join(into, 'package.json'), '{ "type": "module" }\n')
  return into
}
