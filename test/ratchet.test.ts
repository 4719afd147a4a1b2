// Counts that may only fall. The numbers stand here: lower them when they have fallen, never raise them.
import ts from 'typescript'
import * as assert from 'uvu/assert'
import { nodesOf, placeOf, type Source, sourceOf, sourcesBelow } from './support/source.ts'
import { spec } from './support/spec.ts'

const MOST_LINES = 250

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

const isLong = (source: Source): boolean => source.lines > MOST_LINES

const placesOf = (sources: ReadonlyArray<Source>, wanted: (node: ts.Node) => boolean): ReadonlyArray<string> =>
  sources.flatMap((source) =>
    nodesOf(source.tree)
      .filter(wanted)
      .map((node) => placeOf(source, node)),
  )

const atMost = (most: number, places: ReadonlyArray<string>): void =>
  assert.ok(places.length <= most, `${places.length} where there were ${most}:\n${places.join('\n')}`)

const src = sourcesBelow('src')
const tests = sourcesBelow('test')

spec('counts that may only fall', (test) => {
  test('casts in src', () => atMost(0, placesOf(src, isCast)))
  test('casts in test', () => atMost(1, placesOf(tests, isCast)))
  test('silenced errors in src', () => atMost(38, placesOf(src, isSilenced)))
  test('files of src over 250 lines', () =>
    atMost(
      1,
      src.filter(isLong).map(({ path, lines }) => `${path} ${lines}`),
    ))
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
  })
})
