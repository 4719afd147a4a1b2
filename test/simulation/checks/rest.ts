// S11: a throttled key rests for a minute and more, a refused one for five, doubling, through restarts; five failures in a row end the run.
import { isWrite, type MakeStateCheck } from '../scene.ts'
import type { Entry } from '../service.ts'

const MINUTE = 60_000
const IN_A_ROW = 5
/** How long it may take to write down that a key must rest. */
const MOMENT = 500
/** The run that gives way to an emergency stop, one that its hold had woken, and the one that begins with it. */
const RUNS_OF_A_STOP = 3
const RESTS = { throttled: { first: MINUTE, most: 10 * MINUTE }, refused: { first: 5 * MINUTE, most: 60 * MINUTE } } as const

/** What says that the key is refused. */
export const REFUSED: ReadonlyArray<Entry['fault']> = ['401', '403', 'unknown key']
/** What chance adds to a rest, and the moments until it is looked at. */
const LONGER = 1.2

/**
 * What the key was told. In the same run a 403 says nothing of one that has worked, and nothing that a look at a subaccount is refused with does of one
 * that was shown another scope.
 */
const saidOf = ({ fault, status, scope, endpoint }: Entry, worked: ReadonlySet<string>): keyof typeof RESTS | undefined => {
  if (status === 429) return 'throttled'
  if (fault === undefined || !REFUSED.includes(fault)) return undefined
  const isOfOthers = (fault === '403' && worked.size > 0) || (scope !== 'account' && endpoint === 'view' && worked.has(endpoint))
  return isOfOthers ? undefined : 'refused'
}

/** What an answer may let a key rest for, whoever it concerns. */
const toldAnything = ({ fault, status }: Entry): keyof typeof RESTS | undefined =>
  status === 429 ? 'throttled' : fault !== undefined && REFUSED.includes(fault) ? 'refused' : undefined

export const rest: MakeStateCheck = (scene, fail, { disk }) => {
  const { time } = scene
  // A rest ends at a time of day: a clock that is set forward ends it so much sooner, and one that is set back never does.
  const passed = (): number => time.elapsed() + scene.forward
  /** How long what the key was told last lets it rest at the most, and from when on, by the time that passed, it has to be tried again. */
  let span = 0
  let due = Number.NEGATIVE_INFINITY
  let clockSetAt = scene.clockSetAt
  let until = Number.NEGATIVE_INFINITY
  /** Until when it had to rest before the key was told so in this run. */
  let before = until
  /** Until when whoever comes after a kill has to rest, where a full disk kept it from being written down. */
  let written: number | undefined
  let why = ''
  /** Runs in a row in which the key was told so. */
  let times = 0
  let last: keyof typeof RESTS | undefined
  /** What it was told in this run, of each kind the last time. */
  const told = new Map<keyof typeof RESTS, number>()
  /** When that was, whatever a clock that is set meanwhile makes of it. */
  let toldAt = Number.NEGATIVE_INFINITY
  /** The endpoints that gave a good answer in this run. */
  const worked = new Set<string>()
  let inARow = 0
  /** In how many runs from now on the first blocks of a stop may come, which are a run by themselves. */
  let stopping = 0
  /** Who stops somebody asks once whether a refused key is taken again. */
  let probe = false
  let probed = false
  /** Whether this run has sent a write. */
  let wrote = false
  let began = Number.NEGATIVE_INFINITY
  let key = ''
  const forget = (): void => {
    until = Number.NEGATIVE_INFINITY
    times = 0
  }
  return {
    left: (entry) => {
      // Another key rests by itself.
      if (entry.key !== key) forget()
      key = entry.key
      wrote ||= isWrite(entry)
      if (due === Number.POSITIVE_INFINITY) due = time.elapsed()
      if (passed() < until && probe && why.startsWith('the key was refused')) {
        until = Number.NEGATIVE_INFINITY
        told.delete('refused')
        probe = false
        probed = true
      }
      if (passed() < until) fail('S11', `a request ${Math.round((until - passed()) / 1000)} s before the end of the rest: ${why}`)
      if (inARow >= (stopping > 0 ? 2 : 1) * IN_A_ROW) fail('S11', `a request after ${inARow} failures in a row`)
    },
    ended: (entry) => {
      const what = saidOf(entry, worked)
      if (what !== undefined && entry.ending !== 'unclear') {
        if (told.size === 0) before = until
        told.set(what, passed())
        toldAt = time.elapsed()
        until = Math.max(until, passed() + RESTS[what].first)
        why = `the key was ${what}`
      }
      const heard = toldAnything(entry)
      if (heard !== undefined) {
        span = Math.max(time.elapsed() < due ? span : 0, LONGER * RESTS[heard].most)
        due = Math.max(due, time.elapsed() + span)
      }
      if (entry.ending === 'good') worked.add(entry.endpoint)
      const isTransport = entry.ending === 'unclear' || (entry.ending === 'refused' && entry.status === undefined)
      // What a run that gave way had asked says nothing to the next one.
      if (entry.sentAt >= began) inARow = isTransport ? inARow + 1 : 0
    },
    runBegan: () => {
      began = time.elapsed()
      // Whoever finds no ledger waits a minute, and where none can be written nobody knows from when on.
      if (disk.ledger === undefined) due = Number.POSITIVE_INFINITY
      // It reads what is remembered now, and from now on a rest lasts as long as it did when it began, at the most.
      if (clockSetAt !== scene.clockSetAt) due = Math.max(due, began + span)
      clockSetAt = scene.clockSetAt
      told.clear()
      worked.clear()
      probed = false
      wrote = false
      inARow = 0
    },
    runEnded: (life, { remembered, requests, config, refused }) => {
      const isFree = config !== undefined && !refused && !life.ending.signal.aborted && stopping === 0
      if (isFree && requests.length === 0 && began > due)
        fail('S11', `a run asks for nothing, ${Math.round((began - due) / 1000)} s after the end of the longest rest`)
      // A key that works begins a new series, which the one who stopped somebody may have seen before the rest of this run.
      const isAnew = probed && worked.size > 0
      stopping = Math.max(0, stopping - 1)
      probe &&= stopping > 0
      const said = [...told]
      told.clear()
      if (!remembered) {
        if (said.length > 0) written ??= before
        return
      }
      written = undefined
      // Of several kinds the longest rest counts.
      const [longest] = said
        .map(([what, at]) => {
          const inSeries = last === what && !isAnew ? times + 1 : 1
          const { first, most } = RESTS[what]
          return { what, inSeries, until: at + Math.min(most, first * 2 ** (inSeries - 1)) }
        })
        .sort((one, other) => other.until - one.until)
      if (longest === undefined) {
        if (worked.size > 0) times = 0
        return
      }
      times = longest.inSeries
      last = longest.what
      until = Math.max(until, longest.until)
      why = `the key was ${longest.what}, ${times} times in a row`
    },
    lifeEnded: () => {
      inARow = 0
      if (written !== undefined) until = written
      written = undefined
      // Killed before it could write down what it had just heard.
      if (told.size > 0 && time.elapsed() - toldAt < MOMENT) until = before
      // Whether it could or not: what it heard of another kind ends the series, where it is known.
      if ([...told.keys()].some((what) => what !== last)) times = 0
      // What the one who stopped somebody saw is noted before the first write.
      if (probed && worked.size > 0 && wrote) times = 0
      told.clear()
    },
    held: ({ what }) => {
      if (what._tag !== 'Stop') return
      stopping = RUNS_OF_A_STOP
      probe = true
    },
    // What was known of the key is gone; that it waits a minute is another promise.
    ledgerLost: () => {
      forget()
      due = Number.POSITIVE_INFINITY
    },
  }
}
