// What the command line of the simulation asks for. What it does not know it refuses: a slip would live other seeds than were meant, or none,
// and say that all is well.
import { parseArgs } from 'node:util'

export type Options =
  | { readonly _tag: 'Help' }
  | { readonly _tag: 'Wrong'; readonly why: string }
  | {
      readonly _tag: 'One'
      readonly seed: number
      readonly without: string | undefined
      readonly tries: number | undefined
      readonly trace: boolean
    }
  | {
      readonly _tag: 'Many'
      readonly from: number
      readonly seeds: number
      readonly compared: boolean
      readonly twice: boolean
      readonly workers?: number
    }

export const USAGE = `npm run simulate -- [options]
  --seeds N           how many (2000)
  --from N            the first of them (1)
  --workers N         how many processes
  --compare           each with the same life without its faults, and not only every twentieth
  --twice             each is lived twice and must be alike, and not only every hundredth
or one seed, looked at closely:
  --seed N            this one; where it fails, what does not matter is left out first
  --without a1,f2     without these acts and faults
  --tries N           how many lives to make it small with (200)
  --trace             with all that happens
`

const FLAG = { type: 'boolean' } as const
const TEXT = { type: 'string' } as const
const KNOWN = {
  help: FLAG,
  seeds: TEXT,
  from: TEXT,
  workers: TEXT,
  compare: FLAG,
  twice: FLAG,
  seed: TEXT,
  without: TEXT,
  tries: TEXT,
  trace: FLAG,
}
const NUMBERS = ['seeds', 'from', 'workers', 'seed', 'tries'] as const
const OF_ONE = ['without', 'tries', 'trace'] as const
const OF_MANY = ['seeds', 'from', 'workers', 'compare', 'twice'] as const
const WITHOUT = /^[af]\d+(,[af]\d+)*$/

const given = (args: ReadonlyArray<string>) => parseArgs({ args: [...args], options: KNOWN }).values

const faultOf = (values: ReturnType<typeof given>): string | undefined => {
  const bad = NUMBERS.find((name) => values[name] !== undefined && !/^[1-9]\d*$/.test(values[name]))
  if (bad !== undefined) return `--${bad} is no number from 1 on: ${values[bad]}`
  if (values.without !== undefined && !WITHOUT.test(values.without))
    return `--without is no list such as a1,f2: ${values.without}`
  const isOne = values.seed !== undefined
  const astray = (isOne ? OF_MANY : OF_ONE).find((name) => values[name] !== undefined)
  return astray === undefined ? undefined : `--${astray} is for ${isOne ? 'many seeds, without --seed' : 'one seed, with --seed'}`
}

/** What these arguments ask for. */
export const optionsOf = (args: ReadonlyArray<string>): Options => {
  let values: ReturnType<typeof given>
  try {
    values = given(args)
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown
    return { _tag: 'Wrong', why: thrown.message }
  }
  if (values.help === true) return { _tag: 'Help' }
  const why = faultOf(values)
  if (why !== undefined) return { _tag: 'Wrong', why }
  if (values.seed !== undefined)
    return {
      _tag: 'One',
      seed: Number(values.seed),
      without: values.without,
      tries: values.tries === undefined ? undefined : Number(values.tries),
      trace: values.trace === true,
    }
  return {
    _tag: 'Many',
    from: Number(values.from ?? 1),
    seeds: Number(values.seeds ?? 2000),
    compared: values.compare === true,
    twice: values.twice === true,
    ...(values.workers === undefined ? {} : { workers: Number(values.workers) }),
  }
}
