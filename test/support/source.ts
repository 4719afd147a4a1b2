// The source as syntax trees, for tests that hold the plan of the house.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, resolve } from 'node:path'
import ts from 'typescript'

const ROOT = resolve(import.meta.dirname, '../..')

/** An import: what stands there, the file it leads to where that is one of ours, and whether only types come through it. */
export type Import = { readonly text: string; readonly file: string | undefined; readonly typesOnly: boolean }

/** A source file: its path below the root, its tree, its imports and the number of its lines. */
export type Source = {
  readonly path: string
  readonly tree: ts.SourceFile
  readonly imports: ReadonlyArray<Import>
  readonly lines: number
}

/** All TypeScript files below a folder, sorted. */
export const sourcesBelow = (folder: string): ReadonlyArray<Source> =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => sourceOf(posix.join(folder, name), readFileSync(join(ROOT, folder, name), 'utf8')))
    .sort((one, other) => (one.path < other.path ? -1 : 1))

/** One file from its text. */
export const sourceOf = (path: string, text: string): Source => {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const imports = nodesOf(tree).flatMap((node) => {
    const said = importOf(node)
    return said === undefined ? [] : [{ ...said, file: said.text.startsWith('.') ? ledTo(path, said.text) : undefined }]
  })
  return { path, tree, imports, lines: text.trimEnd().split('\n').length }
}

/** Every node of a tree, in order. */
export const nodesOf = (tree: ts.Node): ReadonlyArray<ts.Node> => {
  const all: Array<ts.Node> = []
  const visit = (node: ts.Node): void => {
    all.push(node)
    node.forEachChild(visit)
  }
  visit(tree)
  return all
}

/** Where a node stands, for people. */
export const placeOf = (source: Source, node: ts.Node): string =>
  `${source.path}:${source.tree.getLineAndCharacterOfPosition(node.getStart()).line + 1}`

const ledTo = (path: string, text: string): string => relative(ROOT, resolve(ROOT, dirname(path), text))

const importOf = (node: ts.Node): Omit<Import, 'file'> | undefined => {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier))
    return { text: node.moduleSpecifier.text, typesOnly: isTypesOnly(node.importClause) }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier))
    return { text: node.moduleSpecifier.text, typesOnly: node.isTypeOnly }
  const [argument] = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword ? node.arguments : []
  if (argument === undefined) return undefined
  return { text: ts.isStringLiteralLike(argument) ? argument.text : '(computed)', typesOnly: false }
}

const isTypesOnly = (clause: ts.ImportClause | undefined): boolean => {
  if (clause === undefined) return false
  if (clause.isTypeOnly) return true
  const named = clause.namedBindings
  return (
    clause.name === undefined && named !== undefined && ts.isNamedImports(named) && named.elements.every((one) => one.isTypeOnly)
  )
}
