// The plan of the house: which room may import what, and what must not stand in it. A folder that is not in the table fails.
import ts from 'typescript'
import * as assert from 'uvu/assert'
import { nodesOf, placeOf, type Source, sourceOf, sourcesBelow } from './support/source.ts'
import { spec } from './support/spec.ts'

type Room = {
  /** Rooms it may import from, itself included. */
  readonly rooms: ReadonlyArray<string>
  /** Rooms it may import types from, and nothing else. */
  readonly types?: ReadonlyArray<string>
  readonly packages: ReadonlyArray<string>
}

const EVERYTHING = ['adapters', 'cli', 'config', 'daemon', 'domain', 'fp.ts', 'ports.ts', 'reconcile', 'sandbox', 'wiring']
const LIBRARIES = ['chokidar', 'cron', 'io-ts', 'ky', 'pino', 'pino-pretty', 'prom-client']

const ROOMS: { readonly [room: string]: Room } = {
  'fp.ts': { rooms: [], packages: ['fp-ts'] },
  domain: { rooms: ['domain', 'fp.ts'], packages: [] },
  config: { rooms: ['config', 'domain', 'fp.ts'], types: ['ports.ts'], packages: ['io-ts', 'yaml', 'fastest-levenshtein'] },
  'ports.ts': { rooms: [], types: ['domain', 'fp.ts'], packages: [] },
  reconcile: { rooms: ['config', 'domain', 'fp.ts', 'reconcile'], types: ['ports.ts'], packages: [] },
  adapters: { rooms: ['adapters', 'domain', 'fp.ts'], types: ['ports.ts'], packages: ['node:', ...LIBRARIES] },
  daemon: { rooms: ['daemon', 'domain', 'fp.ts', 'reconcile'], types: ['ports.ts'], packages: [] },
  cli: {
    rooms: ['cli', 'config', 'daemon', 'domain', 'fp.ts', 'reconcile'],
    types: ['ports.ts'],
    packages: ['commander', 'picocolors', 'fast-string-width'],
  },
  sandbox: { rooms: ['sandbox'], packages: ['node:'] },
  wiring: { rooms: EVERYTHING, packages: ['node:'] },
  'main.ts': { rooms: EVERYTHING, packages: ['node:'] },
}

/** The floors of the domain, from the ground up: each may use itself and those below it, and know the types of all. */
const FLOORS = [
  'basics',
  'user',
  'wanted',
  'plan',
  'decisions',
  'memory',
  'draft',
  'guards',
  'planning',
  'remembering',
  'run',
  'journal',
  'evidence',
  'checkup',
]

/** What adapters have in common; every one may use it. */
const COMMON = ['src/adapters/system.ts', 'src/adapters/codecs.ts']

/** Adapters that lean on another one, each with the reason. */
const LEANING: { readonly [file: string]: string } = {
  'src/adapters/config-file.ts': 'src/adapters/settled.ts: when a file may be taken, apart from which files a config is',
  'src/adapters/sandbox-host.ts':
    'src/adapters/lock.ts: one process serves the stand-in of a state directory, the others join it',
  'src/adapters/log.ts': 'src/adapters/log-writer.ts: how lines get to where they go, apart from what they say',
  'src/adapters/lock.ts': 'src/adapters/lock-holder.ts: who has a lock, apart from how it is taken',
  'src/adapters/secrets.ts':
    'src/adapters/secret-way.ts: who could put another file in the place of a secret, apart from what it holds',
  'src/adapters/journal-file.ts':
    'src/adapters/journal/note.ts: the note of the last line is written here and read by the reader too',
  'src/adapters/ledger-file.ts': 'src/adapters/ledger-json.ts: how the ledger is written down, apart from how it is kept',
  'src/adapters/ledger-json.ts': 'src/adapters/pending-json.ts: the record with the longest history, apart from the others',
}

/** Files that import what may not be there, each with the reason. */
const OPTIONAL: { readonly [file: string]: string } = {
  'src/adapters/notify-systemd.ts': 'datagrams to systemd want a package that not every machine has',
}

/** Files besides main.ts that know `process`, each with the reason; none reads argv or the environment. */
const PROCESS: { readonly [file: string]: string } = {
  'src/adapters/signal.ts': 'a signal is an event of the process',
  'src/adapters/secret-way.ts': 'a secret file must be owned by who we are',
  'src/adapters/state-dir.ts': 'the state directory must be owned by who we are',
  'src/adapters/open-to-others.ts': 'our own group is no others',
  'src/adapters/lock.ts': 'only Linux has abstract sockets',
  'src/adapters/log.ts': 'JSON lines carry the pid',
  'src/adapters/notify-systemd.ts': 'systemd asks for the pid and for the monotonic time',
}

/** Files of the tests that know uvu itself, each with the reason. */
const UVU: { readonly [file: string]: string } = {
  'test/support/spec.ts': 'the only door to it',
  'test/support/worker.ts': 'starts its queue',
}

const roomOf = (file: string): string => file.split('/')[1] ?? file

const fits = (allowed: ReadonlyArray<string>, name: string): boolean =>
  allowed.some((one) => name === one || name.startsWith(one.endsWith(':') ? one : `${one}/`))

/** What in the imports of a file is against the plan. */
const breaches = ({ path, imports }: Source): ReadonlyArray<string> => {
  const room = ROOMS[roomOf(path)]
  if (room === undefined) return [`${path}: ${roomOf(path)} is not in the table of rooms`]
  return imports.flatMap(({ text, file, typesOnly }) => {
    const fine =
      file === undefined
        ? fits(room.packages, text) || (text === '(computed)' && OPTIONAL[path] !== undefined)
        : file.startsWith('src/') &&
          (room.rooms.includes(roomOf(file)) || (typesOnly && room.types?.includes(roomOf(file)) === true))
    return fine ? [] : [`${path} imports ${text}`]
  })
}

const floorOf = (file: string): number => {
  const [, room, floor = '', ...rest] = file.split('/')
  return room === 'domain' && rest.length > 0 ? FLOORS.indexOf(floor) : -1
}

/** What in the imports of a file of the domain leans on a floor above it, or that it stands on none. */
const leaningUp = ({ path, imports }: Source): ReadonlyArray<string> => {
  const own = floorOf(path)
  if (own === -1) return [`${path} stands on no floor`]
  return imports.flatMap(({ text, file = '', typesOnly }) =>
    !typesOnly && floorOf(file) > own ? [`${path} leans on ${text}`] : [],
  )
}

const sources = sourcesBelow('src')
const tests = sourcesBelow('test')
const inRooms = (...rooms: ReadonlyArray<string>): ReadonlyArray<Source> =>
  sources.filter(({ path }) => rooms.includes(roomOf(path)))

/** Places of nodes that a file must not have. */
const placesOf = (some: ReadonlyArray<Source>, unwanted: (node: ts.Node) => boolean): ReadonlyArray<string> =>
  some.flatMap((source) =>
    nodesOf(source.tree)
      .filter(unwanted)
      .map((node) => placeOf(source, node)),
  )

const isName =
  (...names: ReadonlyArray<string>) =>
  (node: ts.Node): boolean =>
    ts.isIdentifier(node) &&
    names.includes(node.text) &&
    !(ts.isPropertyAccessExpression(node.parent) && node.parent.name === node)

const isCallOf =
  (...texts: ReadonlyArray<string>) =>
  (node: ts.Node): boolean =>
    ts.isPropertyAccessExpression(node) && texts.includes(node.getText())

const isNow = (node: ts.Node): boolean =>
  ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0

const isDefaultExport = (node: ts.Node): boolean =>
  (ts.isExportAssignment(node) && node.isExportEquals !== true) ||
  node.kind === ts.SyntaxKind.DefaultKeyword ||
  (ts.isExportSpecifier(node) && node.name.text === 'default')

/** The values that a file exports. */
const exportsOf = ({ tree }: Source): ReadonlyArray<string> =>
  tree.statements.flatMap((statement) => {
    const isOut =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
    if (!isOut) return []
    if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name.getText())
    return ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) ? (statement.name?.getText() ?? []) : []
  })

/** What a file imports, each as `file name`; of a file that is taken as a whole, a star. */
const namesIn = ({ tree, imports }: Source): ReadonlyArray<string> => {
  const named = tree.statements.filter(ts.isImportDeclaration).flatMap(({ moduleSpecifier, importClause }) => {
    const bindings = importClause?.namedBindings
    if (bindings === undefined || !ts.isNamedImports(bindings)) return []
    const from = imports.find(({ text }) => ts.isStringLiteral(moduleSpecifier) && text === moduleSpecifier.text)
    return bindings.elements.map(({ name, propertyName }) => `${from?.file} ${(propertyName ?? name).text}`)
  })
  const files = imports.flatMap(({ file }) => (file === undefined ? [] : [file]))
  return [...named, ...files.filter((file) => !named.some((one) => one.startsWith(`${file} `))).map((file) => `${file} *`)]
}

/** Values that are exported for nobody, or of which only tests make anything. */
const idle = (some: ReadonlyArray<Source>, trying: ReadonlyArray<Source>): ReadonlyArray<string> => {
  const used = new Set(some.flatMap(namesIn))
  const tested = new Set(trying.flatMap(namesIn))
  return [...some, ...trying].flatMap((source) =>
    exportsOf(source)
      .filter((name) => {
        const isIn = (names: ReadonlySet<string>): boolean => names.has(`${source.path} ${name}`) || names.has(`${source.path} *`)
        if (isIn(used)) return false
        const isOwn = nodesOf(source.tree).filter((node) => ts.isIdentifier(node) && node.text === name).length > 1
        return !(isIn(tested) && (isOwn || source.path.startsWith('test/')))
      })
      .map((name) => `${source.path} ${name}`),
  )
}

/** Values that something outside takes, each with the reason. */
const TAKEN: { readonly [value: string]: string } = {
  'test/mutation/runner.ts strykerPlugins': 'Stryker reads it',
}

spec('the plan of the house', (test) => {
  test('every file imports only from the rooms and packages that its room may know', () =>
    assert.equal(sources.flatMap(breaches), []))

  test('a planted breach of each kind is found, and so is a room that is not in the table', () => {
    const planted = [
      ['src/domain/x.ts', "import { readFile } from 'node:fs'"],
      ['src/domain/x.ts', "import * as t from 'io-ts'"],
      ['src/domain/x.ts', "import { configFile } from '../config/file.ts'"],
      ['src/domain/x.ts', "export { E } from 'fp-ts'"],
      ['src/config/x.ts', "import { secrets } from '../ports.ts'"],
      ['src/ports.ts', "import { FIELDS } from './domain/user/settings.ts'"],
      ['src/reconcile/x.ts', "const client = await import('../adapters/smtp2go/client.ts')"],
      ['src/sandbox/x.ts', "import type { Scope } from '../domain/wanted/scope.ts'"],
      ['src/cli/x.ts', "import http from 'node:http'"],
      ['src/cli/x.ts', 'const one = await import(name)'],
      ['src/main.ts', "import { spec } from '../test/support/spec.ts'"],
      ['src/attic/x.ts', ''],
    ] as const
    for (const [path, text] of planted) assert.is(breaches(sourceOf(path, text)).length, 1, text)
  })

  test('a file of the domain leans on its own floor and on those below', () => {
    assert.equal(inRooms('domain').flatMap(leaningUp), [])
    const planted = [
      ['src/domain/x.ts', ''],
      ['src/domain/attic/x.ts', ''],
      ['src/domain/user/x.ts', "import { draft } from '../draft/draft.ts'"],
    ] as const
    for (const [path, text] of planted) assert.is(leaningUp(sourceOf(path, text)).length, 1, path)
  })

  test('an adapter knows no other adapter', () => {
    const own = (file: string): string => file.split('/').slice(0, -1).join('/')
    const leaning = inRooms('adapters').flatMap(({ path, imports }) =>
      imports.flatMap(({ file }) => {
        const isOther =
          file !== undefined && roomOf(file) === 'adapters' && (own(file) !== own(path) || own(path) === 'src/adapters')
        return isOther && !COMMON.includes(file) && LEANING[path]?.startsWith(`${file}:`) !== true
          ? [`${path} leans on ${file}`]
          : []
      }),
    )
    assert.equal(leaning, [])
  })

  test('domain and config know no clock, no chance and no process, and the domain nothing that happens later', () => {
    const pure = inRooms('domain', 'config')
    assert.ok(pure.length > 40)
    assert.equal(placesOf(pure, isCallOf('Date.now', 'Math.random', 'performance.now')), [])
    assert.equal(placesOf(pure, isNow), [])
    assert.equal(placesOf(pure, isName('process', 'globalThis', 'console', 'crypto', 'setTimeout', 'fetch')), [])
    const later = (node: ts.Node): boolean =>
      isName('Promise', 'TE')(node) || node.kind === ts.SyntaxKind.AsyncKeyword || node.kind === ts.SyntaxKind.AwaitExpression
    assert.equal(placesOf(inRooms('domain'), later), [])
  })

  test('reconcile speaks through its port alone', () =>
    assert.equal(placesOf(inRooms('reconcile', 'daemon'), isName('console', 'process')), []))

  test('ports have no runtime value', () => {
    const [ports] = inRooms('ports.ts')
    const values = ports?.tree.statements.filter(
      (node) => !ts.isTypeAliasDeclaration(node) && !ts.isInterfaceDeclaration(node) && !ts.isImportDeclaration(node),
    )
    assert.equal(
      values?.map((node) => node.getText()),
      [],
    )
    assert.ok(ports?.imports.every(({ typesOnly }) => typesOnly))
  })

  test('there is no default export, no module that changes under its readers, and no class but Secret', () => {
    assert.equal(placesOf(sources, isDefaultExport), [])
    const isClass = (node: ts.Node): boolean => ts.isClassLike(node) && node.name?.text !== 'Secret'
    assert.equal(placesOf(sources, isClass), [])
    const isLoose = (node: ts.Node): boolean =>
      ts.isVariableStatement(node) && ts.isSourceFile(node.parent) && (node.declarationList.flags & ts.NodeFlags.Const) === 0
    assert.equal(placesOf(sources, isLoose), [])
  })

  test('only main.ts knows the process, and the few files that are listed with their reason', () => {
    const knowing = sources.filter((source) => source.path !== 'src/main.ts' && placesOf([source], isName('process')).length > 0)
    assert.equal(
      knowing.map(({ path }) => path),
      Object.keys(PROCESS).sort(),
    )
    const others = sources.filter(({ path }) => path !== 'src/main.ts')
    assert.equal(
      placesOf(others, isCallOf('process.env', 'process.argv', 'process.exit', 'process.exitCode', 'process.stdout')),
      [],
    )
  })

  test('secrets are opened only by adapters', () => {
    const opened = sources.filter((source) => roomOf(source.path) !== 'adapters' && source.path !== 'src/domain/user/secret.ts')
    const isReveal = (node: ts.Node): boolean => ts.isPropertyAccessExpression(node) && node.name.text === 'reveal'
    assert.equal(placesOf(opened, isReveal), [])
  })

  test('what is exported has its importer, and nothing in src is there for tests alone', () => {
    assert.equal(idle(sources, tests), Object.keys(TAKEN))
    const [user, other] = [
      sourceOf('src/a.ts', "import { used } from './b.ts'"),
      sourceOf('test/a.ts', "import { tried } from '../src/b.ts'"),
    ]
    const text = 'export const used = 1\nexport const tried = 1\nexport const alone = 1\n'
    assert.equal(idle([user, sourceOf('src/b.ts', text)], [other]), ['src/b.ts tried', 'src/b.ts alone'])
    assert.equal(idle([user, sourceOf('src/b.ts', `${text}const more = tried + alone\n`)], [other]), ['src/b.ts alone'])
  })

  test('no test knows uvu but through spec', () => {
    const knowing = tests.filter(({ imports }) => imports.some(({ text }) => text === 'uvu'))
    assert.equal(
      knowing.map(({ path }) => path),
      Object.keys(UVU).sort(),
    )
  })
})
