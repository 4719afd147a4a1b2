// Secret sources with real files: what others could read, write or swap is refused, and no message holds the value.
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { crypto } from '../../src/adapters/crypto.ts'
import { secretStore } from '../../src/adapters/secrets.ts'
import { Secret } from '../../src/domain/user/secret.ts'
import { E } from '../../src/fp.ts'
import type { FetchedSecret, SecretRef, Secrets } from '../../src/ports.ts'
import { newKey, newPassword } from '../support/fresh.ts'
import { spec } from '../support/spec.ts'
import { withoutLinks } from '../support/without-links.ts'

const CANARY = newPassword()
const root = process.geteuid?.() === 0

const withDir = async (use: (dir: string) => Promise<void>): Promise<void> => {
  const dir = mkdtempSync(join(tmpdir(), 'secrets-'))
  try {
    await use(dir)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

const storeIn = (dir: string, env: Record<string, string> = {}): Secrets =>
  secretStore({ baseDir: dir, env, credentialsDir: join(dir, 'credentials'), random: crypto().random, confide: () => undefined })

const put = (path: string, text: string | Uint8Array = CANARY, mode = 0o600): void => {
  writeFileSync(path, text)
  chmodSync(path, mode)
}

const wordsOf = (found: FetchedSecret): string => (found._tag === 'Found' ? `found ${found.secret.reveal()}` : found.why)

const folderOf = (dir: string, gid: number, mode: number): void => {
  mkdirSync(join(dir, 'd'))
  put(join(dir, 'd/s'))
  chownSync(join(dir, 'd'), 0, gid)
  chmodSync(join(dir, 'd'), mode)
}

type Case = { title: string; make?: (dir: string) => void; ref: SecretRef; env?: Record<string, string>; says: string }
const file = (path: string): SecretRef => ({ _tag: 'file', path })
const credential = (name: string): SecretRef => ({ _tag: 'credential', name })

const cases: ReadonlyArray<Case> = [
  { title: 'a variable', ref: { _tag: 'env', name: 'KEY' }, env: { KEY: CANARY }, says: `found ${CANARY}` },
  { title: 'a variable not set', ref: { _tag: 'env', name: 'KEY' }, says: 'the environment variable KEY is not set' },
  {
    title: 'a variable that every object has',
    ref: { _tag: 'env', name: 'constructor' },
    says: 'variable constructor is not set',
  },
  {
    title: 'an empty variable',
    ref: { _tag: 'env', name: 'KEY' },
    env: { KEY: '' },
    says: 'the environment variable KEY is empty',
  },
  { title: 'a file', make: (dir) => put(join(dir, 's')), ref: file('s'), says: `found ${CANARY}` },
  {
    title: 'a file that only we can read',
    make: (dir) => put(join(dir, 's'), CANARY, 0o400),
    ref: file('s'),
    says: `found ${CANARY}`,
  },
  { title: 'one newline at the end', make: (dir) => put(join(dir, 's'), `${CANARY}\n`), ref: file('s'), says: `found ${CANARY}` },
  {
    title: 'two newlines at the end',
    make: (dir) => put(join(dir, 's'), `${CANARY}\n\n`),
    ref: file('s'),
    says: 'more than one line',
  },
  {
    title: 'a line in the middle',
    make: (dir) => put(join(dir, 's'), `a\n${CANARY}`),
    ref: file('s'),
    says: 'more than one line',
  },
  { title: 'a NUL', make: (dir) => put(join(dir, 's'), `${CANARY}\0`), ref: file('s'), says: 'NUL' },
  {
    title: 'bytes that are no text',
    make: (dir) => put(join(dir, 's'), Uint8Array.of(0xff)),
    ref: file('s'),
    says: 'not text in UTF-8',
  },
  { title: 'an empty file', make: (dir) => put(join(dir, 's'), '\n'), ref: file('s'), says: '/s is empty' },
  { title: 'a large file', make: (dir) => put(join(dir, 's'), 'x'.repeat(65_537)), ref: file('s'), says: 'larger than 64 KiB' },
  { title: 'no file', ref: file('s'), says: '/s does not exist' },
  { title: 'a directory', make: (dir) => mkdirSync(join(dir, 's')), ref: file('s'), says: '/s is not a file' },
  { title: 'a file that others read', make: (dir) => put(join(dir, 's'), CANARY, 0o604), ref: file('s'), says: 'mode 0604' },
  { title: 'a file that a group reads', make: (dir) => put(join(dir, 's'), CANARY, 0o640), ref: file('s'), says: 'mode 0640' },
  {
    title: 'a file of a container, which only a group reads',
    make: (dir) => put(join(dir, 's'), CANARY, 0o440),
    ref: file('s'),
    says: 'chmod 0600 it, or where that cannot be done give it as a credential',
  },
  { title: 'a file that a group writes', make: (dir) => put(join(dir, 's'), CANARY, 0o620), ref: file('s'), says: 'mode 0620' },
  {
    title: 'a link to a file',
    make: (dir) => {
      put(join(dir, 't'))
      symlinkSync('t', join(dir, 's'))
    },
    ref: file('s'),
    says: `found ${CANARY}`,
  },
  { title: 'a link to itself', make: (dir) => symlinkSync('s', join(dir, 's')), ref: file('s'), says: 'too many links' },
  {
    title: 'a link to nothing',
    make: (dir) => symlinkSync('t', join(dir, 's')),
    ref: file('s'),
    says: 'something that does not exist',
  },
  {
    title: 'a directory that others write',
    make: (dir) => {
      mkdirSync(join(dir, 'd'))
      chmodSync(join(dir, 'd'), 0o777)
      put(join(dir, 'd/s'))
    },
    ref: file('d/s'),
    says: '/d, a directory on the way to the secret, can be written by others',
  },
  {
    title: 'a credential',
    make: (dir) => {
      mkdirSync(join(dir, 'credentials'))
      put(join(dir, 'credentials/key'), CANARY, 0o440)
    },
    ref: credential('key'),
    says: `found ${CANARY}`,
  },
  {
    title: 'a credential that others read',
    make: (dir) => {
      mkdirSync(join(dir, 'credentials'))
      put(join(dir, 'credentials/key'), CANARY, 0o444)
    },
    ref: credential('key'),
    says: 'mode 0444',
  },
  { title: 'a credential that is not there', ref: credential('key'), says: 'LoadCredential=key' },
  { title: 'a credential with a slash', ref: credential('../key'), says: 'must be a plain name' },
  { title: 'a credential of dots', ref: credential('..'), says: 'must be a plain name' },
]

const ownedByOthers: ReadonlyArray<Case> = [
  {
    title: 'a file of somebody else',
    make: (dir) => {
      put(join(dir, 's'))
      chownSync(join(dir, 's'), 12_345, 12_345)
    },
    ref: file('s'),
    says: '/s belongs to uid 12345',
  },
  {
    title: 'a link of somebody else',
    make: (dir) => {
      put(join(dir, 't'))
      symlinkSync('t', join(dir, 's'))
      lchownSync(join(dir, 's'), 12_345, 12_345)
    },
    ref: file('s'),
    says: '/s, a link on the way to the secret, belongs to uid 12345',
  },
  {
    title: 'a directory of somebody else',
    make: (dir) => {
      mkdirSync(join(dir, 'd'))
      put(join(dir, 'd/s'))
      chownSync(join(dir, 'd'), 12_345, 12_345)
    },
    ref: file('d/s'),
    says: '/d, a directory on the way to the secret, belongs to uid 12345',
  },
  {
    title: 'a directory that another group writes, whose members may swap what they cannot read',
    make: (dir) => folderOf(dir, 12_345, 0o2775),
    ref: file('d/s'),
    says: '/d, a directory on the way to the secret, can be written by the group 12345, which is not ours (mode 02775); chmod g-w it',
  },
  {
    title: 'a sticky directory that another group writes',
    make: (dir) => folderOf(dir, 12_345, 0o1775),
    ref: file('d/s'),
    says: `found ${CANARY}`,
  },
  {
    title: 'a directory that the group of root writes',
    make: (dir) => folderOf(dir, 0, 0o775),
    ref: file('d/s'),
    says: `found ${CANARY}`,
  },
]

spec('secret sources', (test) => {
  for (const { title, make, ref, env, says } of [...cases, ...(root ? ownedByOthers : [])]) {
    test(`${title}: ${says.replace(CANARY, 'it')}`, () =>
      withDir(async (dir) => {
        make?.(dir)
        const found = await storeIn(dir, env).fetch(ref)
        assert.ok(wordsOf(found).includes(says), wordsOf(found))
        assert.ok(found._tag === 'Found' || !found.why.includes(CANARY))
      }))
  }

  test('a file that only somebody else may read, as root left it to a service, is told with the two ways out', () =>
    withDir(async (dir) => {
      chmodSync(dir, 0o755)
      put(join(dir, 's'), CANARY, root ? 0o600 : 0)
      if (root) process.seteuid?.(12_345)
      const found = await storeIn(dir)
        .fetch(file('s'))
        .finally(() => root && process.seteuid?.(0))
      assert.match(wordsOf(found), /\/s cannot be read \(EACCES\); it must belong to the user who runs this.*LoadCredential=/)
    }))

  test('a pipe in place of the file does not hold us up', () =>
    withDir(async (dir) => {
      const { execFileSync } = await import('node:child_process')
      execFileSync('mkfifo', ['-m', '600', join(dir, 's')])
      assert.ok(wordsOf(await storeIn(dir).fetch(file('s'))).includes('is not a file'))
    }))
})

spec('the name of a secret that is not there', (test) => {
  test('is, of a credential in a shell, no line that the unit has already', () =>
    withDir(async (dir) => {
      const store = secretStore({
        baseDir: dir,
        env: {},
        credentialsDir: undefined,
        random: Math.random,
        confide: () => undefined,
      })
      const found = wordsOf(await store.fetch({ _tag: 'credential', name: 'api-key' }))
      assert.match(found, /api-key .*in a shell, ask as the service \(see README\); in a unit, .*LoadCredential=api-key:/)
    }))
  for (const name of ['FAX_PASSWORD', 'SMTP2GO_API_KEY', 'fax', 'fax-2.password', 'keys/Fax.pw'])
    for (const tag of ['env', 'file', 'credential'] as const)
      test(`is said: ${tag} ${name}`, () =>
        withDir(async (dir) => {
          const ref: SecretRef = tag === 'file' ? { _tag: tag, path: name } : { _tag: tag, name: name.replaceAll('/', '-') }
          assert.ok(wordsOf(await storeIn(dir).fetch(ref)).includes(name.replaceAll('/', tag === 'file' ? '/' : '-')))
        }))
  for (const [what, text] of [
    ['a made password', CANARY],
    ['a password with signs', `Otter!${CANARY}`],
    ['a password with a slash', `Otter5/${CANARY}`],
    ['hexadecimal digits', newKey().slice(4)],
    ['one that is longer than any file name', CANARY.repeat(20)],
  ] as const)
    for (const ref of [
      { _tag: 'env', name: text },
      { _tag: 'file', path: text },
      { _tag: 'credential', name: text },
      { _tag: 'generate', path: `${text}/x` },
    ] as const)
      for (const credentialsDir of ['credentials', undefined])
        test(`is not, where it may be the secret: ${what} as ${ref._tag}${credentialsDir === undefined ? ', without systemd' : ''}`, () =>
          withDir(async (dir) => {
            const store = secretStore({ baseDir: dir, env: {}, credentialsDir, random: Math.random, confide: () => undefined })
            const found = wordsOf(await store.fetch(ref))
            assert.not.ok(found.includes(text), found)
            assert.match(found, /that is named here|must be a plain name/)
          }))
})

const made = async (store: Secrets, path: string): Promise<Secret> => {
  const found = await store.fetch({ _tag: 'generate', path })
  if (found._tag === 'Missing') throw new Error(found.why)
  return found.secret
}

spec('generated secrets', (test) => {
  test('one is made once, stored for us alone, and found again by the next run', () =>
    withDir(async (dir) => {
      const store = storeIn(dir)
      const secret = await made(store, 'p')
      assert.is(secret.unsaved, join(dir, 'p'))
      assert.ok(secret.bits >= 64)
      assert.is(await made(store, 'p'), secret)
      assert.equal(readdirSync(dir), [])
      assert.equal(await store.save(secret)(), E.right(undefined))
      assert.equal(await store.save(secret)(), E.right(undefined))
      assert.equal(readdirSync(dir), ['p'])
      assert.is(readFileSync(join(dir, 'p'), 'utf8'), `${secret.reveal()}\n`)
      assert.is(statSync(join(dir, 'p')).mode & 0o777, 0o600)
      const again = await made(storeIn(dir), 'p')
      assert.is(again.reveal(), secret.reveal())
      assert.is(again.unsaved, undefined)
    }))

  test('one of which the file was taken away is gone: another one is made, and stored before it is used', () =>
    withDir(async (dir) => {
      const store = storeIn(dir)
      const first = await made(store, 'p')
      await store.save(first)()
      unlinkSync(join(dir, 'p'))
      const second = await made(store, 'p')
      assert.is.not(second.reveal(), first.reveal())
      assert.ok(E.isRight(await store.save(second)()))
      assert.is(readFileSync(join(dir, 'p'), 'utf8'), `${second.reveal()}\n`)
    }))

  test('it is stored, and overwrites nothing, also where there are no hard links', () =>
    withDir((dir) =>
      withoutLinks('EPERM', async () => {
        const store = storeIn(dir)
        const [secret, other] = [await made(store, 'p'), await made(store, 'q')]
        assert.equal(await store.save(secret)(), E.right(undefined))
        assert.is((await made(storeIn(dir), 'p')).reveal(), secret.reveal())
        put(join(dir, 'q'), 'theirs')
        const saved = await store.save(other)()
        assert.ok(E.isLeft(saved) && JSON.stringify(saved.left).includes('not overwritten'))
        assert.is(readFileSync(join(dir, 'q'), 'utf8'), 'theirs')
        assert.equal(readdirSync(dir).sort(), ['p', 'q'])
      }),
    ))

  test('a file that appeared meanwhile is never overwritten', () =>
    withDir(async (dir) => {
      const store = storeIn(dir)
      const secret = await made(store, 'p')
      put(join(dir, 'p'), 'theirs')
      const saved = await store.save(secret)()
      assert.ok(E.isLeft(saved) && JSON.stringify(saved.left).includes('not overwritten'))
      assert.is(readFileSync(join(dir, 'p'), 'utf8'), 'theirs')
      assert.equal(readdirSync(dir), ['p'])
    }))

  const refused: ReadonlyArray<readonly [string, (dir: string) => void, string]> = [
    ['a directory that is not there', () => undefined, 'd does not exist; make it'],
    ['a link to nothing', (dir) => symlinkSync('nowhere', join(dir, 'd')), 'nowhere does not exist; make it'],
    [
      'a file that others read',
      (dir) => {
        mkdirSync(join(dir, 'd'))
        put(join(dir, 'd/p'), CANARY, 0o644)
      },
      'mode 0644',
    ],
    [
      'a dangling link in place of the file',
      (dir) => {
        mkdirSync(join(dir, 'd'))
        symlinkSync('nowhere', join(dir, 'd/p'))
      },
      'd/p is a link to something that does not exist',
    ],
  ]
  for (const [title, make, says] of refused) {
    test(`${title}: no secret is made`, () =>
      withDir(async (dir) => {
        make(dir)
        const found = await storeIn(dir).fetch({ _tag: 'generate', path: 'd/p' })
        assert.ok(wordsOf(found).includes(says), wordsOf(found))
      }))
  }

  test('a secret that cannot be stored is a failure without the value', () =>
    withDir(async (dir) => {
      const saved = await storeIn(dir).save(new Secret(CANARY, join(dir, 'none/p')))()
      assert.ok(E.isLeft(saved) && saved.left._tag === 'StateUnusable')
      assert.not.match(JSON.stringify(saved), CANARY)
    }))

  test('a secret behind a linked directory is stored there', () =>
    withDir(async (dir) => {
      mkdirSync(join(dir, 'real'))
      symlinkSync('real', join(dir, 'd'))
      const store = storeIn(dir)
      assert.equal(await store.save(await made(store, 'd/p'))(), E.right(undefined))
      assert.equal(readdirSync(join(dir, 'real')), ['p'])
    }))
})
