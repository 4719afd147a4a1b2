// Links that lead in a circle: of the config, of what it includes, of folders under a pattern, of a secret. The built command names the place
// and ends at once.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as assert from 'uvu/assert'
import { withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'

const HEAD = 'version: 1\napi: { endpoint: sandbox }\n'
const DEEP = `${'*/'.repeat(30)}*.yaml`

type Links = { readonly [from: string]: string }

const CIRCLES: ReadonlyArray<readonly [title: string, config: string | undefined, links: Links, said: string]> = [
  ['the config is a link to itself', undefined, { 'c.yaml': 'c.yaml' }, 'c.yaml  its links lead in a circle (ELOOP)'],
  [
    'two links to each other',
    undefined,
    { 'c.yaml': 'd.yaml', 'd.yaml': 'c.yaml' },
    'c.yaml  its links lead in a circle (ELOOP)',
  ],
  [
    'an included link to itself',
    'users: []\ninclude: [a.yaml]',
    { 'a.yaml': 'a.yaml' },
    'a.yaml  its links lead in a circle (ELOOP)',
  ],
  [
    'one among those of a pattern',
    'users: []\ninclude: ["in/*.yaml"]',
    { 'in/a.yaml': 'a.yaml' },
    'in/a.yaml  its links lead in a circle',
  ],
  [
    'an included link to the config',
    'users: []\ninclude: [a.yaml]',
    { 'a.yaml': 'c.yaml' },
    "a.yaml:1:1  version: unknown key 'version'",
  ],
  [
    'a folder that is a link to itself',
    'users: []\ninclude: ["in/*.yaml"]',
    { in: 'in' },
    'in  the folder cannot be searched (ELOOP)',
  ],
  [
    'a folder in itself, once',
    'users: []\ninclude: ["*/*.yaml"]',
    { 'in/up': '..', up: '.' },
    "up/c.yaml:1:1  version: unknown key 'version'",
  ],
  ['a folder in itself, many levels deep', `users: []\ninclude: ["${DEEP}"]`, { up: '.' }, 'up/up  links lead in a circle here'],
  ['three of them', `users: []\ninclude: ["${DEEP}"]`, { one: '.', two: '.', 'in/three': '..' }, 'links lead in a circle here'],
  [
    'folders in each other',
    `users: []\ninclude: ["${DEEP}"]`,
    { 'in/b': '../to', 'to/a': '../in' },
    'links lead in a circle here',
  ],
  [
    'folders in each other, at any depth',
    'users: []\ninclude: ["**/*.yaml"]',
    { 'in/b': '../to', 'to/a': '../in' },
    "no file matches '**/*.yaml'",
  ],
  ['a secret', 'users: [{ username: a@b.example, email_password: { file: s } }]', { s: 's' }, 'leads through too many links'],
  [
    'the folder of a secret',
    'users: [{ username: a@b.example, email_password: { file: f/s } }]',
    { f: 'f' },
    'leads through too many links',
  ],
]

spec('links that lead in a circle', (test) => {
  for (const [title, config, links, said] of CIRCLES)
    test(`are refused with their place: ${title}`, () =>
      withBench({ account: { results: [] } }, async (bench) => {
        // Whoever looks through the folder of the bench follows links.
        const dir = await mkdtemp(join(tmpdir(), 'links-'))
        try {
          if (config !== undefined) await writeFile(join(dir, 'c.yaml'), `${HEAD}${config}\n...\n`)
          for (const [from, to] of Object.entries(links)) {
            await mkdir(dirname(join(dir, from)), { recursive: true })
            await symlink(to, join(dir, from))
          }
          const started = performance.now()
          const { code, out, err } = await bench.runIn({}, '-c', join(dir, 'c.yaml'), 'plan')
          assert.is(code, 5, `${out}${err}`)
          assert.ok(`${out}${err}`.includes(said), `${out}${err}`)
          assert.ok(performance.now() - started < 10_000, 'at once')
        } finally {
          await rm(dir, { recursive: true })
        }
      }))
})
