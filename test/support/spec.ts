// The only door to uvu: no hooks, no only, no skip, and an empty group is an error, since uvu alone can be green for the wrong reason.
import { suite } from 'uvu'

type Body = () => void | Promise<void>
type Define = (test: (title: string, body: Body) => void) => void

/** One test of a group. */
export type Spec = { readonly group: string; readonly title: string; readonly body: Body }

/** All tests of this process, for who must run some of them again and again: uvu runs whole groups, once. */
export const specs: Array<Spec> = []

/** A group of tests, named by the claim they hold. */
export const spec = (name: string, define: Define): void => {
  const tests = suite(name)
  let count = 0
  define((title, body) => {
    count += 1
    specs.push({ group: name, title, body })
    tests(title, throwingErrors(body))
  })
  if (count === 0) {
    tests('has tests', () => {
      throw new Error('no test in this group')
    })
  }
  tests.run()
}

// uvu ends with exit code 0 if a test throws anything but an Error, a thrown tagged union for instance.
const throwingErrors = (body: Body) => async (): Promise<void> => {
  try {
    await body()
  } catch (thrown) {
    throw thrown instanceof Error ? thrown : new Error(`thrown: ${JSON.stringify(thrown)}`)
  }
}
