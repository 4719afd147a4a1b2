// The documents that people begin with: what they say is there is there, and what is there is in them.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import * as assert from 'uvu/assert'
import { FIELDS } from '../src/domain/user/settings.ts'
import { withBench } from './support/command.ts'
import { newKeyUnlikeHashes } from './support/fresh.ts'
import { spec } from './support/spec.ts'

const SEED = { account: { results: [] } }
const ROOT = resolve(import.meta.dirname, '..')
const textOf = (name: string): string => readFileSync(join(ROOT, name), 'utf8')
const readme = textOf('README.md')
const example = textOf('config.example.yaml')

const all = (text: string, pattern: RegExp): ReadonlySet<string> =>
  new Set([...text.matchAll(pattern)].map(([, found]) => found ?? ''))
const missing = (wanted: Iterable<string>, given: ReadonlySet<string>): ReadonlyArray<string> =>
  [...wanted].filter((one) => !given.has(one))

/** Every key that a schema knows, at any depth. */
const keysOf = (schema: unknown): ReadonlyArray<string> => {
  if (typeof schema !== 'object' || schema === null) return []
  return Object.entries(schema).flatMap(([word, value]) =>
    word === 'properties' && typeof value === 'object' && value !== null
      ? [...Object.keys(value), ...Object.values(value).flatMap(keysOf)]
      : keysOf(value),
  )
}

spec('the README', (test) => {
  const table = readme.slice(readme.indexOf('## Commands'), readme.indexOf('## As a service'))

  test('its table has the commands of --help, no more and no fewer', () =>
    withBench(SEED, async ({ run }) => {
      const help = (await run('--help')).out
      const commands = all(help.slice(help.indexOf('Commands:')), /^ {2}([a-z-]+) [[{ ]/gm)
      const rows = table.split('\n').filter((line) => line.startsWith('| `'))
      const named = all(rows.map((row) => row.split('|')[1] ?? '').join(' '), /`([a-z-]+)[^`]*`/g)
      assert.equal(missing(commands, new Set([...named, 'help'])), [])
      assert.equal(missing(named, commands), [])
    }))

  test('its exit codes are those of --help, in the same words', () =>
    withBench(SEED, async ({ run }) => {
      const help = (await run('--help')).out
      const told = all(help.slice(help.indexOf('Exit codes:'), help.indexOf('Examples:')), /^ {2}(\d+ .*)$/gm)
      assert.equal(
        [...all(table, /^\| +(\d+ \| .*?) *\|$/gm)].map((row) => row.replaceAll('`', '').replace(/ \| /, ' ')),
        [...told].map((line) => line.replace(/ +/, ' ')),
      )
    }))

  test('every option that it names is one of the command', () =>
    withBench(SEED, async ({ run }) => {
      const commands = [
        'plan',
        'apply',
        'run',
        'export',
        'schema',
        'validate',
        'hold',
        'release',
        'block',
        'approve',
        'undo',
        'verify-log',
      ]
      const helps = await Promise.all(
        [...commands, 'history', 'status', 'doctor'].map(async (name) => (await run(name, '--help')).out),
      )
      const options = all(helps.join('\n'), /(--[a-z-]+)/g)
      const named = all(readme.replace(/systemctl [^`\n]*|npm [^`\n]*/g, ''), /`[^`\n]*?(--[a-z][a-z-]+)[^`\n]*`/g)
      assert.ok(named.size > 10)
      assert.equal(missing(named, options), [])
    }))

  test('the scripts and files that it names are there', () => {
    const scripts = new Set(Object.keys(JSON.parse(textOf('package.json')).scripts))
    assert.equal(missing(all(readme, /npm run (?:--silent )?([a-z]+)/g), scripts), [])
    for (const name of all(readme, /\b(systemd\/[a-z-]+\.[a-z]+|config\.example\.yaml)/g))
      assert.ok(existsSync(join(ROOT, name)), name)
  })

  test('every promise that the source names by number stands in it', () => {
    const ids = /\b(?:S\d{1,2}|C\d|L\d)\b/g
    const promised = readme.slice(readme.indexOf('## What it promises'), readme.indexOf('## How that is proved'))
    const told = new Set(promised.match(ids))
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
    const cited = sources.flatMap((name) => textOf(join('src', name)).match(/(?<=\/\/ .*)\b(?:S\d{1,2}|C\d|L\d)\b/g) ?? [])
    assert.ok(cited.length > 10)
    assert.equal(missing(new Set(cited), told), [])
  })

  test('its pictures are there, in light and in dark, and small', () => {
    const pictures = all(readme, /"(\.docs\/[a-z-]+\.png)"/g)
    assert.is(pictures.size, 4)
    for (const name of pictures) assert.ok(statSync(join(ROOT, name)).size < 150_000, name)
  })

  test('its config of many customers is valid', () =>
    withBench(SEED, async ({ dir, run }) => {
      const [, main = '', customer = ''] =
        /```yaml\n# config\.yaml\n([\s\S]*?)```[\s\S]*?```yaml\n([\s\S]*?)```/.exec(readme) ?? []
      await mkdir(join(dir, 'customers'))
      await writeFile(join(dir, 'customers/bakery.yaml'), customer)
      const profiles = 'profiles: { printers: { open_tracking_enabled: false } }'
      await writeFile(join(dir, 'config.yaml'), `version: 1\napi: { endpoint: sandbox }\n${profiles}\n${main}`)
      const { code, err } = await run('validate')
      assert.equal([code, err], [0, ''])
    }))

  test('its config is valid', () =>
    withBench(SEED, async ({ dir, run }) => {
      const config = /```yaml\n(version[\s\S]*?)```/.exec(readme)?.[1] ?? ''
      await mkdir(join(dir, 'customers'))
      await writeFile(
        join(dir, 'customers/one.yaml'),
        'subaccounts: [{ id: Other1, users: [{ username: till-2@branch.example }] }]\n...\n',
      )
      await writeFile(join(dir, 'config.yaml'), config)
      const { code, err } = await run('validate')
      assert.is(err, '')
      assert.is(code, 0)
    }))

  test('its steps to a real account work as they stand', () =>
    withBench({ account: { results: [{ username: 'fax@acme.example', description: 'by hand' }] } }, async (bench) => {
      const steps = readme.slice(readme.indexOf('\n3. ', readme.indexOf('## A real account')), readme.indexOf('\n7. '))
      const way = { env: { SMTP2GO_API_KEY: newKeyUnlikeHashes() } }
      const edit = async (from: string, to: string): Promise<void> => {
        const file = join(bench.dir, 'config.yaml')
        const text = await readFile(file, 'utf8')
        assert.ok(text.includes(from), text)
        await writeFile(file, text.replace(from, to))
      }
      const done: Array<string> = []
      let seen = ''
      for (const [, step = ''] of steps.matchAll(
        /`(?:smtp2go-reconciler )?((?:export|doctor|plan|apply|mode: enforce)[^`]*)`/g,
      )) {
        if (step === 'mode: enforce') await edit('mode: observe', step)
        else {
          if (step === 'plan' && !done.includes('plan')) await edit('by hand', 'as the file says')
          const words = step.replace('--endpoint eu', `--endpoint ${bench.url}`).replace('sha256:…', seen).split(' ')
          const { code, out, err } = await bench.runIn(way, ...words)
          assert.is(code, 0, `${step}: ${out}${err}`)
          seen = /digest (sha256:\S+)/.exec(out)?.[1] ?? seen
        }
        done.push(step.split(' ')[0] ?? '')
      }
      assert.equal([...new Set(done)], ['export', 'doctor', 'plan', 'mode:', 'apply'])
      assert.is((await bench.users())[0]?.description, 'as the file says')
    }))

  test('it tells of every body parameter of the edit call', () => {
    const section = readme.slice(readme.indexOf('### How each field'), readme.indexOf('## Commands'))
    const same = new Set(['status', 'feedback_enabled', 'open_tracking_enabled', 'archive_enabled'])
    const triple = new Set(['custom_ratelimit_value', 'custom_ratelimit_period'])
    assert.equal(missing(FIELDS, new Set([...all(section, /`([a-z_]+)`/g), ...same, ...triple])), [])
  })
})

spec('the map of the source', (test) => {
  const map = textOf('src/README.md')

  test('it names every room, and no file that is not there', () => {
    const rooms = new Set(readdirSync(join(ROOT, 'src')).filter((name) => name !== 'README.md'))
    assert.equal(missing(rooms, all(map, /^\| `([\w.]+)\/?` +\|/gm)), [])
    const gone = [...all(map, /`([\w/-]+\.ts)`/g)].filter(
      (file) => ![ROOT, join(ROOT, 'src')].some((dir) => existsSync(join(dir, file))),
    )
    assert.equal(gone, [])
  })

  test('each promise of safety and secrecy is held somewhere', () => {
    const held = new Set([...all(map, /^\| ((?:[SC]\d+(?:, )?)+) +\|/gm)].flatMap((cell) => cell.split(', ')))
    assert.equal(missing(all(readme, /\b([SC]\d+)\b/g), held), [])
  })
})

spec('the example config', (test) => {
  test('it shows every key that there is', () =>
    withBench(SEED, async ({ run }) => {
      const keys = new Set(keysOf(JSON.parse((await run('schema')).out)))
      const shown = all(example, /([a-z_]+):/g)
      assert.ok(keys.size > 60)
      assert.equal(missing(keys, shown), [])
    }))

  test('it stays valid with each key that it has in a comment put in force', () =>
    withBench(SEED, async ({ dir, run }) => {
      await mkdir(join(dir, 'customers'))
      await writeFile(join(dir, 'customers/one.yaml'), 'users: []\n...\n')
      const commented = [...example.matchAll(/^( *)# ([a-z_]+: )(?=[[{"\d]|[\w./*-]+$)/gm)]
      assert.ok(commented.some(([line]) => line.includes('previously')))
      for (const [line, indent, key] of commented) {
        await writeFile(join(dir, 'config.yaml'), example.replace(line, `${indent}${key}`))
        const { code, err } = await run('validate')
        assert.is(code, 0, `${key}${err}`)
      }
    }))

  test('the schema of its first line comes with the build', () =>
    withBench(SEED, async ({ run }) => {
      const file = /\$schema=(\S+)/.exec(example)?.[1] ?? ''
      assert.is(textOf(file), (await run('schema')).out)
    }))

  test('it is brought about on the sandbox, and then there is nothing left but what waits for a person', () =>
    withBench(SEED, async ({ dir, run }) => {
      await copyFile(join(ROOT, 'config.example.yaml'), join(dir, 'config.yaml'))
      assert.is((await run('validate', '--secrets')).code, 0)
      assert.is((await run('plan', '--detailed-exitcode')).code, 2)
      const applied = await run('apply', '--yes')
      assert.is(applied.code, 0, applied.err)
      const again = await run('plan', '--detailed-exitcode')
      assert.is(again.code, 0, again.out)
    }))
})
