// Counts that may only fall. The numbers stand here: lower them when they have fallen, never raise them.
import ts from 'typescript'
import * as assert from 'uvu/assert'
import { nodesOf, placeOf, type Source, sourceOf, sourcesBelow } from './support/source.ts'
import { spec } from './support/spec.ts'

const MOST_LINES = 250
/** A plain list may be best read in one piece, so some long functions may stay; none is longer than the longest there is. */
const LONGEST_FUNCTION = 169
const LONG_FUNCTION = 60

/** `as` and `!`, which the compiler takes on trust; `as const` claims nothing. */
const isCast = (node: ts.Node): boolean =>
  ts.isNonNullExpression(node) ||
  ts.isTypeAssertionExpression(node) ||
  (ts.isAsExpression(node) && node.type.getText() !== 'const')

/** Errors that nobody looks at: a catch that does not name them. */
const isSilenced = (node: ts.Node): boolean =>
  (ts.isCatchClause(node) && node.variableDeclaration === undefined) ||
  (ts.isCallExpression(node) &&
    ts.isPropertyAccessExpression(node.expression) &&
    node.expression.name.text === 'catch' &&
    node.arguments.every((one) => ts.isArrowFunction(one) && one.parameters.length === 0))

/** A secret that is written down; those of tests are one of a kind, so that what is let out tells whose it was (C1). */
const isWrittenSecret = (node: ts.Node): boolean =>
  (ts.isNewExpression(node) &&
    node.expression.getText() === 'Secret' &&
    node.arguments?.[0] !== undefined &&
    ts.isStringLiteralLike(node.arguments[0])) ||
  (ts.isTemplateHead(node) && node.text === 'api-' && !/random|createHash/.test(node.parent.getText())) ||
  (ts.isStringLiteralLike(node) && /^api-[0-9A-Za-z]{16,}/.test(node.text))

const isLong = (source: Source): boolean => source.lines > MOST_LINES

const placesOf = (sources: ReadonlyArray<Source>, wanted: (node: ts.Node) => boolean): ReadonlyArray<string> =>
  sources.flatMap((source) =>
    nodesOf(source.tree)
      .filter(wanted)
      .map((node) => placeOf(source, node)),
  )

const atMost = (most: number, places: ReadonlyArray<string>): void =>
  assert.ok(places.length <= most, `${places.length} where there were ${most}:\n${places.join('\n')}`)

/** Functions of more lines than that, comments within them counted. */
const functionsOver = (most: number, sources: ReadonlyArray<Source>): ReadonlyArray<string> =>
  sources.flatMap((source) =>
    nodesOf(source.tree).flatMap((node) => {
      if (!ts.isFunctionLike(node)) return []
      const lineAt = (at: number): number => source.tree.getLineAndCharacterOfPosition(at).line
      const lines = lineAt(node.getEnd()) - lineAt(node.getStart()) + 1
      return lines > most ? [`${placeOf(source, node)} ${lines}`] : []
    }),
  )

const src = sourcesBelow('src')
const tests = sourcesBelow('test')

spec('counts that may only fall', (test) => {
  test('casts in src', () => atMost(0, placesOf(src, isCast)))
  test('casts in test', () => atMost(1, placesOf(tests, isCast)))
  test('C1: keys and passwords that are written down in a test', () => atMost(0, placesOf(tests, isWrittenSecret)))
  test('silenced errors in src', () => atMost(38, placesOf(src, isSilenced)))
  test('files of src over 250 lines', () =>
    atMost(
      1,
      src.filter(isLong).map(({ path, lines }) => `${path} ${lines}`),
    ))
  test('functions of src over 169 lines', () => atMost(0, functionsOver(LONGEST_FUNCTION, src)))
  test('functions of src over 60 lines', () => atMost(25, functionsOver(LONG_FUNCTION, src)))
  test('comments that silence the compiler or a linter', () => {
    const silencers = /@ts-(?:ignore|expect-error|nocheck)|biome-ignore|(?:eslint|oxlint)-disable/
    const files = [...src, ...tests].filter(
      ({ path, tree }) => path !== 'test/ratchet.test.ts' && silencers.test(tree.getFullText()),
    )
    atMost(
      0,
      files.map(({ path }) => path),
    )
  })

  test('each of these is counted', () => {
    const sample = sourceOf('x.ts', 'try { (a as B)!.c } catch {}\nf.catch(() => 0)\nf.catch((e) => e)\nconst d = [1] as const')
    assert.is(placesOf([sample], isCast).length, 2)
    assert.is(placesOf([sample], isSilenced).length, 2)
    const long = sourceOf('x.ts', 'const f = () => {\n  const g = function () {\n    return 1\n  }\n  return g\n}')
    assert.equal(functionsOver(2, [long]), ['x.ts:1 6', 'x.ts:2 3'])
    const secrets = sourceOf('x.ts', "new Secret('a'); new Secret(`b`); new Secret(c); 'api-0123456789ABCDEF'; 'api-key'")
    assert.is(placesOf([secrets], isWrittenSecret).length, 3)
  })
})
