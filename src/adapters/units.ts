// Asks systemd how our units are. It only looks, waits a few seconds at most, and hands nothing of our environment on.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Unit, UnitFacts } from '../domain/checkup/unit.ts'
import { realPath } from './system.ts'

const PLAIN = 'smtp2go-reconciler.service'
const INSTANCES = 'smtp2go-reconciler@*.service'
const PROPERTIES = [
  'Id',
  'LoadState',
  'ActiveState',
  'SubState',
  'UnitFileState',
  'Result',
  'ExecMainStatus',
  'NRestarts',
  'User',
  'DynamicUser',
  'StatusText',
  'NeedDaemonReload',
  'ExecStart',
  'StateDirectory',
  'RuntimeDirectory',
  'FragmentPath',
  'DropInPaths',
]
const WITHIN_MS = 5000
// A folder of the path that is closed to us looks like a program that may not be run.
const ABSENT = ['ENOENT', 'EACCES']
// Newer ones name the bus more closely: the system scope bus.
const NO_BUS = /not been booted with systemd|Failed to connect to (?:\w+ scope )?bus/

/** How the units stand that systemd knows, that of a config among them, by its real path; `path` is where programs are searched. */
export const inspectUnits = async (path: string | undefined, config: string): Promise<UnitFacts> => {
  const facts = await shown(path, PLAIN, INSTANCES)
  if (facts._tag !== 'Units' || facts.units.some((unit) => unit.config === config)) return facts
  // An instance that is stopped is known to systemd only by its name, which its config has as well.
  const [, name] = /^([\w:.-]+)\.yaml$/.exec(basename(config)) ?? []
  const instance = name === undefined ? undefined : await shown(path, `smtp2go-reconciler@${name}.service`)
  const stopped = instance?._tag === 'Units' ? instance.units.filter((unit) => unit.config === config) : []
  return { ...facts, units: [...facts.units, ...stopped] }
}

const shown = async (path: string | undefined, ...units: ReadonlyArray<string>): Promise<UnitFacts> => {
  const env = { PATH: path ?? '/usr/bin:/bin', LC_ALL: 'C', SYSTEMD_PAGER: '', SYSTEMD_COLORS: '0' }
  const args = ['show', ...units, `--property=${PROPERTIES.join(',')}`]
  const { fault, out, complaint } = await new Promise<Ended>((settle) => {
    execFile('systemctl', args, { env, timeout: WITHIN_MS, killSignal: 'SIGKILL', maxBuffer: 2 ** 24 }, (error, out, complaint) =>
      settle({ fault: error, out, complaint }),
    )
  })
  if (fault === null) return { _tag: 'Units', units: await unitsIn(out) }
  if (ABSENT.includes(String(fault.code)) || NO_BUS.test(complaint)) return { _tag: 'NoSystemd' }
  return {
    _tag: 'Silent',
    why: fault.killed === true ? `no answer within ${WITHIN_MS / 1000} s` : `systemctl ended with ${fault.code}`,
  }
}

type Ended = {
  readonly fault: (Error & { readonly code?: string | number | null; readonly killed?: boolean }) | null
  readonly out: string
  readonly complaint: string
}

/** One block of lines a unit, with an empty line between. */
const unitsIn = async (out: string): Promise<ReadonlyArray<Unit>> => {
  const blocks = out
    .split('\n\n')
    .map(
      (block) => new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])),
    )
  const there = blocks.filter((shown) => (shown.get('LoadState') ?? 'not-found') !== 'not-found')
  return Promise.all(there.map(unitOf))
}

const unitOf = async (shown: ReadonlyMap<string, string>): Promise<Unit> => {
  const text = (name: string): string => shown.get(name) ?? ''
  const config = / (?:--config|-c)[ =](\S+)/.exec(text('ExecStart'))?.[1]
  return {
    id: text('Id'),
    load: text('LoadState'),
    active: text('ActiveState'),
    sub: text('SubState'),
    enabled: text('UnitFileState'),
    result: text('Result'),
    exitCode: Number(text('ExecMainStatus')),
    restarts: Number(text('NRestarts')),
    user: text('User'),
    dynamicUser: text('DynamicUser') === 'yes',
    says: text('StatusText'),
    stale: text('NeedDaemonReload') === 'yes',
    config: config === undefined ? undefined : await realPath(config),
    stateDir: text('StateDirectory') === '' ? undefined : `/var/lib/${text('StateDirectory').split(' ')[0]}`,
    runtimeDir: text('RuntimeDirectory') === '' ? undefined : `/run/${text('RuntimeDirectory').split(' ')[0]}`,
    credential: await namesCredential([text('FragmentPath'), ...text('DropInPaths').split(' ')].filter((file) => file !== '')),
  }
}

// Not every systemd shows its credentials, so its files are asked.
const namesCredential = (files: ReadonlyArray<string>): Promise<boolean | undefined> =>
  Promise.all(files.map((file) => readFile(file, 'utf8'))).then(
    (texts) => texts.some((text) => /^(?:Load|Set|Import)Credential(?:Encrypted)?=./m.test(text)),
    () => undefined,
  )
