// How Stryker runs our tests: all files are loaded once into its process; there each mutant is switched on and meets the tests that go through
// it, the quickest first, until one of them fails.
import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { INSTRUMENTER_CONSTANTS, type InstrumenterContext, type StrykerOptions } from '@stryker-mutator/api/core'
import { commonTokens, declareFactoryPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin'
import {
  type DryRunResult,
  DryRunStatus,
  determineHitLimitReached,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner'
import fc from 'fast-check'
import type { Spec, specs } from '../support/spec.ts'

type Test = Spec & { readonly id: string; readonly fileName: string }

/** Fewer cases of a property than `npm test` tries, and always the same: a mutant that one run kills is killed by the next. */
const CASES = { numRuns: 15, seed: 1, endOnFailure: true }

/**
 * Tests that try all that there is, for minutes, or measure time or memory, which the counting takes, or run the built command, which is not
 * changed. What they alone would notice counts as not noticed.
 */
const LEFT_OUT = [
  'guard-edges.test.ts',
  'prefixes.test.ts',
  'bombs.test.ts',
  'mutants.test.ts',
  'links.test.ts',
  'ten thousand users',
  'a hundred thousand deep',
  'in under 50 ms',
  'for its size',
]
const isLeftOut = ({ group, title }: Spec, file: string): boolean =>
  LEFT_OUT.some((text) => `${file} ${group} ${title}`.includes(text))

const runner = ({ room }: StrykerOptions): TestRunner => {
  // What the mutated code asks which mutant is on, and where it counts who goes through it.
  const context: InstrumenterContext = {}
  Object.assign(globalThis, { [INSTRUMENTER_CONSTANTS.NAMESPACE]: context, UVU_DEFER: 1, UVU_INDEX: 0, UVU_QUEUE: [[]] })
  let tests: ReadonlyArray<Test> = []
  let isUntouched = true
  const spent = new Map<string, number>()
  const spentOn = ({ id }: Test): number => spent.get(id) ?? 0

  const run = async (test: Test): Promise<TestResult> => {
    const started = performance.now()
    const why = await failureOf(test)
    const timeSpentMs = performance.now() - started
    spent.set(test.id, timeSpentMs)
    const ran = { id: test.id, name: `${test.group}: ${test.title}`, fileName: test.fileName, timeSpentMs }
    return why === undefined ? { ...ran, status: TestStatus.Success } : { ...ran, status: TestStatus.Failed, failureMessage: why }
  }

  return {
    capabilities: () => ({ reloadEnvironment: true }),

    init: async () => {
      tests = await testsBelow(resolve(process.cwd(), 'test', String(room)))
    },

    dryRun: async (): Promise<DryRunResult> => {
      const results: Array<TestResult> = []
      for (const test of tests) {
        context.currentTestId = test.id
        results.push(await run(test))
      }
      delete context.currentTestId
      const { mutantCoverage = { static: {}, perTest: {} } } = context
      return { status: DryRunStatus.Complete, tests: results, mutantCoverage }
    },

    mutantRun: async ({ activeMutant, hitLimit, testFilter = [] }: MutantRunOptions): Promise<MutantRunResult> => {
      Object.assign(context, { activeMutant: activeMutant.id, hitLimit, hitCount: hitLimit === undefined ? undefined : 0 })
      const through = tests.filter(({ id }) => testFilter.includes(id)).sort((one, other) => spentOn(one) - spentOn(other))
      const results: Array<TestResult> = []
      const wasUntouched = isUntouched
      isUntouched = false
      for (const test of through) {
        const result = await run(test)
        const endless = determineHitLimitReached(context.hitCount, context.hitLimit)
        if (endless !== undefined) return toMutantRunResult(endless)
        results.push(result)
        if (result.status !== TestStatus.Failed) continue
        for (const key of ['activeMutant', 'hitLimit', 'hitCount'] as const) delete context[key]
        // What a mutant leaves behind, in a memory of pages for instance, must not kill the next one: Stryker tries that one again in a new process.
        if (!wasUntouched && (await failureOf(test)) !== undefined) throw new Error('an earlier mutant has left something behind')
        break
      }
      return toMutantRunResult({ status: DryRunStatus.Complete, tests: results })
    },
  }
}
runner.inject = tokens(commonTokens.options)

/** Stryker looks for this name. */
export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'specs', runner)]

const testsBelow = async (folder: string): Promise<ReadonlyArray<Test>> => {
  fc.configureGlobal(CASES)
  const door: { readonly specs: typeof specs } = await import(pathToFileURL(resolve('test/support/spec.ts')).href)
  const tests: Array<Test> = []
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((one) => one.endsWith('.test.ts'))) {
    const fileName = resolve(folder, name)
    await import(pathToFileURL(fileName).href)
    tests.push(...door.specs.splice(0).map((spec, index) => ({ ...spec, fileName, id: `${name} ${index}` })))
  }
  return tests.filter((test) => !isLeftOut(test, test.fileName))
}

const failureOf = async ({ body }: Spec): Promise<string | undefined> => {
  try {
    await body()
    return undefined
  } catch (why) {
    return why instanceof Error ? why.message : JSON.stringify(why)
  }
}
