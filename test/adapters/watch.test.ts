// The watcher on real files: every way of saving wakes it within 300 ms, nothing but changed content does, and it never
// goes deaf. Each case saves twice, because a watch that is lost is lost after the first time.
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { contentReader } from '../../src/adapters/watch/contents.ts'
import { watchTrigger } from '../../src/adapters/watch/watch.ts'
import { spec } from '../support/spec.ts'

type Watched = {
  readonly dir: string
  readonly refresh: () => void
  readonly troubles: string[]
  /** How long the next wake takes after `act`; fails after five seconds. */
  readonly wakeAfter: (act: () => void | Promise<void>) => Promise<number>
  /** How many wakes there are within 300 ms of `act`. */
  readonly wakesAfter: (act: () => void | Promise<void>) => Promise<number>
}
type Layout = {
  readonly make?: (dir: string) => void
  readonly files?: ReadonlyArray<string>
  readonly directories?: () => ReadonlyArray<string>
  readonly pollMs?: number
}

const withWatch = async (layout: Layout, use: (watched: Watched) => Promise<void>): Promise<void> => {
  const dir = mkdtempSync(join(tmpdir(), 'watch-'))
  const { make = (at: string) => writeFileSync(join(at, 'config.yaml'), 'first'), files = ['config.yaml'] } = layout
  make(dir)
  const troubles: string[] = []
  const directories = (): ReadonlyArray<string> => (layout.directories?.() ?? []).map((directory) => join(dir, directory))
  const unseen = new Set([...files.map((file) => join(dir, file)), ...directories().map((directory) => join(directory, sep))])
  let wakes = 0
  let heard = (): void => undefined
  let seen = (): void => undefined
  const firstLook = new Promise<string>((resolve) => {
    seen = () => resolve('seen')
  })
  const { trigger, refresh } = watchTrigger({
    files: () => files.map((file) => join(dir, file)),
    directories,
    taken: (path) => {
      unseen.delete(path)
      if (unseen.size === 0) seen()
      return undefined
    },
    pollMs: layout.pollMs ?? 60_000,
    onError: (message) => troubles.push(message),
  })
  const stop = trigger((by) => {
    assert.is(by, 'file change')
    wakes += 1
    heard()
  })
  // The first look may wake, since the files are new: what it asks of each of them last is what was loaded, and then it is as good as over.
  if (unseen.size > 0) assert.is(await Promise.race([firstLook, sleep(5000, 'blind')]), 'seen')
  await sleep(120)
  const wakeAfter: Watched['wakeAfter'] = async (act) => {
    await sleep(80)
    const woken = new Promise<void>((resolve) => {
      heard = resolve
    })
    await act()
    const at = performance.now()
    const result = await Promise.race([woken.then(() => 'woken'), sleep(5000, 'deaf')])
    heard = () => undefined
    assert.is(result, 'woken')
    return performance.now() - at
  }
  const wakesAfter: Watched['wakesAfter'] = async (act) => {
    const before = wakes
    await act()
    await sleep(300)
    return wakes - before
  }
  try {
    await use({ dir, refresh, troubles, wakeAfter, wakesAfter })
    assert.equal(troubles, [])
  } finally {
    await stop()
    rmSync(dir, { recursive: true })
  }
}

const put = (dir: string, path: string, text: string): void => {
  mkdirSync(join(dir, path, '..'), { recursive: true })
  writeFileSync(join(dir, path), text)
}
const swap = (dir: string, target: string, link: string): void => {
  symlinkSync(target, join(dir, `${link}.new`))
  renameSync(join(dir, `${link}.new`), join(dir, link))
}

type Case = readonly [title: string, layout: Layout, save: (dir: string, text: string) => void | Promise<void>]

const saves: ReadonlyArray<Case> = [
  ['a write in place', {}, (dir, text) => writeFileSync(join(dir, 'config.yaml'), text)],
  [
    'an atomic rename',
    {},
    (dir, text) => {
      writeFileSync(join(dir, 'config.tmp'), text)
      renameSync(join(dir, 'config.tmp'), join(dir, 'config.yaml'))
    },
  ],
  [
    'a save with a backup, as editors do',
    {},
    (dir, text) => {
      renameSync(join(dir, 'config.yaml'), join(dir, 'config.yaml~'))
      writeFileSync(join(dir, 'config.yaml'), text)
    },
  ],
  [
    'truncate and write',
    {},
    async (dir, text) => {
      truncateSync(join(dir, 'config.yaml'))
      await sleep(5)
      appendFileSync(join(dir, 'config.yaml'), text)
    },
  ],
  [
    'delete and recreate',
    {},
    async (dir, text) => {
      unlinkSync(join(dir, 'config.yaml'))
      await sleep(5)
      writeFileSync(join(dir, 'config.yaml'), text)
    },
  ],
  [
    'a swapped link',
    {
      make: (dir) => {
        put(dir, 'v/0', 'first')
        symlinkSync('v/0', join(dir, 'config.yaml'))
      },
    },
    (dir, text) => {
      put(dir, `v/${text}`, text)
      swap(dir, `v/${text}`, 'config.yaml')
    },
  ],
  [
    'a ..data swap, as Kubernetes does',
    {
      make: (dir) => {
        put(dir, '..0/config.yaml', 'first')
        symlinkSync('..0', join(dir, '..data'))
        symlinkSync('..data/config.yaml', join(dir, 'config.yaml'))
      },
    },
    (dir, text) => {
      put(dir, `..${text}/config.yaml`, text)
      swap(dir, `..${text}`, '..data')
    },
  ],
  [
    'a release link above the folder',
    {
      make: (dir) => {
        put(dir, 'releases/0/etc/config.yaml', 'first')
        symlinkSync('releases/0', join(dir, 'current'))
      },
      files: ['current/etc/config.yaml'],
    },
    (dir, text) => {
      put(dir, `releases/${text}/etc/config.yaml`, text)
      swap(dir, `releases/${text}`, 'current')
    },
  ],
  [
    'the target behind a link',
    {
      make: (dir) => {
        put(dir, 'real/config.yaml', 'first')
        symlinkSync('real/config.yaml', join(dir, 'config.yaml'))
      },
    },
    (dir, text) => writeFileSync(join(dir, 'real/config.yaml'), text),
  ],
  [
    'a folder deleted and made again',
    { make: (dir) => put(dir, 'etc/config.yaml', 'first'), files: ['etc/config.yaml'] },
    async (dir, text) => {
      rmSync(join(dir, 'etc'), { recursive: true })
      await sleep(5)
      put(dir, 'etc/config.yaml', text)
    },
  ],
  [
    'an included file',
    {
      make: (dir) => {
        put(dir, 'config.yaml', 'main')
        put(dir, 'customers/a.yaml', 'first')
      },
      files: ['config.yaml', 'customers/a.yaml'],
    },
    (dir, text) => writeFileSync(join(dir, 'customers/a.yaml'), text),
  ],
  [
    'a new file where includes may match',
    {
      make: (dir) => {
        put(dir, 'config.yaml', 'main')
        mkdirSync(join(dir, 'customers'))
      },
      directories: () => ['customers'],
    },
    (dir, text) => writeFileSync(join(dir, `customers/${text}.yaml`), text),
  ],
  [
    'a file that was not there',
    { make: () => undefined, files: ['etc/config.yaml'] },
    (dir, text) => put(dir, 'etc/config.yaml', text),
  ],
]

spec('watcher', (test) => {
  for (const [title, layout, save] of saves) {
    test(`${title} wakes within 300 ms, again and again`, () =>
      withWatch(layout, async ({ dir, wakeAfter }) => {
        const took: Array<number> = []
        for (const text of ['second', 'third', 'fourth']) took.push(await wakeAfter(() => save(dir, text)))
        // Each wakes; of a machine that is busy the best one tells what is ours.
        assert.ok(Math.min(...took) < 300, `${took.join(', ')} ms`)
      }))
  }

  const silent: ReadonlyArray<readonly [string, (dir: string) => void]> = [
    ['chmod', (dir) => chmodSync(join(dir, 'config.yaml'), 0o600)],
    ['touch', (dir) => utimesSync(join(dir, 'config.yaml'), new Date(), new Date())],
    ['the same content', (dir) => writeFileSync(join(dir, 'config.yaml'), 'first')],
    ['another file', (dir) => writeFileSync(join(dir, 'other'), 'x')],
    [
      'the same content renamed into place',
      (dir) => {
        writeFileSync(join(dir, 'new'), 'first')
        renameSync(join(dir, 'new'), join(dir, 'config.yaml'))
      },
    ],
  ]
  test(`${silent.map(([title]) => title).join(', ')}: none of it wakes`, () =>
    withWatch({}, async ({ dir, wakesAfter }) => {
      const wakes = await wakesAfter(async () => {
        for (const [, act] of silent) {
          act(dir)
          await sleep(120)
        }
      })
      assert.is(wakes, 0)
    }))

  test('a burst of saves ends with the last one seen', () =>
    withWatch({}, async ({ dir, wakesAfter }) => {
      // A look every 200 ms, and one more in each pause that is as long as one after a save: only a machine that stands still makes any.
      let [pauses, tookMs] = [0, 0]
      const wakes = await wakesAfter(async () => {
        for (let at = 0; at < 30; at += 1) {
          const began = performance.now()
          writeFileSync(join(dir, 'tmp'), `burst ${at}`)
          renameSync(join(dir, 'tmp'), join(dir, 'config.yaml'))
          await sleep(7)
          const ms = performance.now() - began
          tookMs += ms
          if (ms > 40) pauses += 1
        }
      })
      const most = 3 + Math.floor(tookMs / 200) + pauses
      assert.ok(wakes >= 1 && wakes <= most, `${wakes} wakes in ${tookMs} ms with ${pauses} pauses`)
    }))

  test('L6: a change without any event is noticed by content', () =>
    withWatch({ make: (dir) => symlinkSync('/proc/uptime', join(dir, 'config.yaml')), pollMs: 100 }, async ({ wakeAfter }) => {
      const took: Array<number> = []
      for (let poll = 1; poll <= 3; poll += 1) took.push(await wakeAfter(() => undefined))
      assert.ok(Math.min(...took) < 300, `${took.join(', ')} ms`)
    }))

  test('after a refresh new folders are watched', () => {
    let directories: ReadonlyArray<string> = []
    const make = (dir: string): void => {
      put(dir, 'config.yaml', 'main')
      mkdirSync(join(dir, 'customers'))
    }
    return withWatch({ make, directories: () => directories }, async ({ dir, refresh, wakeAfter, wakesAfter }) => {
      assert.is(await wakesAfter(() => put(dir, 'customers/a.yaml', 'a')), 0)
      directories = ['customers']
      await sleep(1000)
      // Where what was put there before is still young, it is looked at once more.
      assert.ok((await wakesAfter(refresh)) <= 1)
      await wakeAfter(() => put(dir, 'customers/b.yaml', 'b'))
    })
  })

  test('what changed just before it was first looked at is not lost', () => {
    let directories: ReadonlyArray<string> = []
    const make = (dir: string): void => put(dir, 'customers/a.yaml', 'a')
    return withWatch({ make, files: [], directories: () => directories }, async ({ dir, refresh, wakeAfter, wakesAfter }) => {
      directories = ['customers']
      const wakes = await wakesAfter(async () => {
        await wakeAfter(() => {
          put(dir, 'customers/b.yaml', 'b')
          refresh()
        })
      })
      assert.is(wakes, 1)
    })
  })

  test('what was loaded and is gone at the first look is another', async () => {
    const reader = contentReader((path) => (path.startsWith('/nowhere/loaded') ? 'its print' : undefined))
    const found = await reader.read(['/nowhere/loaded.yaml', '/nowhere/never.yaml'], [])
    assert.equal(
      [...found.values()].map(({ isOther }) => isOther),
      [true, false],
    )
  })

  test('a file beside the config that is not ours to read is no trouble', () =>
    withWatch(
      {
        make: (dir) => {
          put(dir, 'config.yaml', 'first')
          put(dir, 'key', 'k')
          chmodSync(join(dir, 'key'), 0)
        },
      },
      async ({ dir, wakeAfter }) => {
        await wakeAfter(() => put(dir, 'config.yaml', 'second'))
      },
    ))
})
