// The systemd unit that keeps the daemon running: how it stands, and what to do about it. Pure judgements on what systemd shows.
import { counted } from '../basics/counted.ts'
import { type Condition, ok, trouble, warning } from './checkup.ts'

/** What systemd shows of a unit of ours. */
export type Unit = {
  readonly id: string
  /** `loaded`, `masked`, `bad-setting` and such. */
  readonly load: string
  /** `active`, `activating`, `failed` and such, and what exactly. */
  readonly active: string
  readonly sub: string
  /** `enabled` and such; empty where systemd does not know. */
  readonly enabled: string
  /** How it last ended: `success`, `exit-code`, `watchdog` and such, and the exit code. */
  readonly result: string
  readonly exitCode: number
  /** How often systemd has started it again by itself. */
  readonly restarts: number
  readonly user: string
  readonly dynamicUser: boolean
  /** What the daemon last said of itself. */
  readonly says: string
  /** The file of the unit is not the one that systemd knows. */
  readonly stale: boolean
  /** The config that it runs. */
  readonly config: string | undefined
  /** Where it keeps its state. */
  readonly stateDir: string | undefined
  /** Where its control socket is. */
  readonly runtimeDir: string | undefined
  /** Whether its files name a credential; `undefined` where they cannot be read. */
  readonly credential: boolean | undefined
}

/** What is known of the units. */
export type UnitFacts =
  | { readonly _tag: 'NoSystemd' }
  /** It is there and does not tell. */
  | { readonly _tag: 'Silent'; readonly why: string }
  | { readonly _tag: 'Units'; readonly units: ReadonlyArray<Unit> }

const CHECK = 'service'

/** The unit that runs a config, where one does. */
export const unitOf = (facts: UnitFacts, config: string): Unit | undefined =>
  facts._tag === 'Units' ? facts.units.find((unit) => unit.config === config) : undefined

/** How the service stands that runs this config. */
export const unitFindings = (facts: UnitFacts, config: string): ReadonlyArray<Condition> => {
  switch (facts._tag) {
    case 'NoSystemd':
      return [ok(CHECK, 'no systemd runs here: whatever starts the daemon must start it again when it ends')]
    case 'Silent':
      return [
        warning(CHECK, `systemd does not tell how the service is: ${facts.why}`, 'see `systemctl status smtp2go-reconciler`'),
      ]
    case 'Units':
      return unitsFindings(facts.units, config)
  }
}

const unitsFindings = (units: ReadonlyArray<Unit>, config: string): ReadonlyArray<Condition> => {
  const ours = units.filter((unit) => unit.config === config)
  if (ours.length > 0) return ours.flatMap(findingsOf)
  if (units.length === 0) return [ok(CHECK, 'no unit is installed: nothing starts the daemon at boot, or again when it ends')]
  const there = units.map((unit) => `${unit.id} (${unit.active}, runs ${unit.config ?? 'no config that can be told'})`)
  return [warning(CHECK, `no unit runs ${config}; there are ${there.join(', ')}`, 'name the config of the service with --config')]
}

const findingsOf = (unit: Unit): ReadonlyArray<Condition> => {
  const { id, load } = unit
  if (load !== 'loaded')
    return [trouble(CHECK, 1, `${id} cannot be started: ${load.replace('-', ' ')}`, `see \`systemctl status ${id}\``)]
  return [standing(unit), ...shortcomings(unit)]
}

const standing = (unit: Unit): Condition => {
  const { id, active, sub, restarts } = unit
  const log = `\`journalctl --unit ${id} --lines 50\` tells why`
  // The second is the first while it waits for its turn; so systemd from 254 on.
  if (sub === 'auto-restart' || sub === 'auto-restart-queued')
    return trouble(
      CHECK,
      1,
      `${id} is in a crash loop: started again ${counted(restarts, 'time')}, and ended last with ${ending(unit)}`,
      log,
    )
  switch (active) {
    case 'active':
    case 'reloading':
      return ok(CHECK, `${id} is ${active}${unit.says === '' ? '' : `, and says: ${unit.says}`}`)
    case 'activating':
      return ok(CHECK, `${id} is starting${unit.says === '' ? '' : `, and says: ${unit.says}`}`)
    case 'failed':
      return failed(unit, log)
    default:
      return warning(CHECK, `${id} is installed, and ${active}`, `start it, now and at each boot: systemctl enable --now ${id}`)
  }
}

const INVALID = 5
const NO_CREDENTIAL = 243

const failed = (unit: Unit, log: string): Condition => {
  const { id, result, exitCode } = unit
  const again = `systemctl restart ${id}`
  if (result === 'exit-code' && exitCode === INVALID)
    return trouble(
      CHECK,
      5,
      `${id} has stopped: the config or a secret was invalid when it started, and it is not tried again by itself`,
      `mend it, then ${again}; ${log}`,
    )
  if (result === 'exit-code' && exitCode === NO_CREDENTIAL)
    return trouble(CHECK, 5, `${id} has stopped: the file of a credential is not there`, `put it in its place, then ${again}`)
  if (result === 'timeout')
    return trouble(
      CHECK,
      1,
      `${id} has stopped: it never said that it was ready`,
      `${log}; where the package node-unix-socket could not be installed, take the drop-in notify-by-child.conf`,
    )
  return trouble(CHECK, 1, `${id} has stopped with ${ending(unit)}`, `${log}; then ${again}`)
}

const ending = ({ result, exitCode }: Unit): string => (result === 'exit-code' ? `exit code ${exitCode}` : `'${result}'`)

const shortcomings = (unit: Unit): ReadonlyArray<Condition> => {
  const { id, active, enabled, user, dynamicUser, restarts, stale, credential } = unit
  const found: Array<Condition> = []
  if (active === 'active' && restarts > 0)
    found.push(
      warning(
        CHECK,
        `${id} had to be started again ${counted(restarts, 'time')} since somebody last started it`,
        `\`journalctl --unit ${id}\` tells why`,
      ),
    )
  if (!dynamicUser && (user === '' || user === 'root' || user === '0'))
    found.push(
      warning(
        CHECK,
        `${id} runs as root`,
        'the unit that comes with the program runs as a user of its own (DynamicUser=yes); `systemctl revert` takes back what was changed',
      ),
    )
  if (credential === false)
    found.push(
      warning(
        CHECK,
        `${id} loads no credential, so the key lies where others on this machine may come upon it`,
        'LoadCredential=api-key:FILE in the unit, and `key: { credential: api-key }` in the config',
      ),
    )
  if (enabled === 'disabled' && active !== 'inactive')
    found.push(warning(CHECK, `${id} is not started at boot`, `systemctl enable ${id}`))
  if (stale)
    found.push(warning(CHECK, `the file of ${id} was changed, and systemd runs the one before`, 'systemctl daemon-reload'))
  return found
}
