// The document end line (S2): where a file that was cut off in saving could do harm, every file must end with one, so that a part of it is
// never taken for the whole. That is where not being listed takes something away, and where the lost end of a rule, a waiver or a user could
// let a rule reach further, block somebody, or open a user whose time is over. A user that has lost its own `status` gets that of its layers.
import type { Problem } from '../domain/failure.ts'
import type { SourceDocument } from './document.ts'
import { type ConfigFile, type ConfigFiles, type Decoded, type IncludedFile, subaccountsIn } from './file.ts'
import { said } from './place.ts'
import { inWords, type Path } from './problem.ts'
import type { Layer } from './settings.ts'

/** Files that should end with the document end line, and do not. */
export const markerProblems = (files: ConfigFiles): ReadonlyArray<Problem> => {
  const why = needsMarker(files)
  return why === undefined
    ? []
    : [files.main, ...files.included].flatMap(({ document }) =>
        document.endsWithMarker
          ? []
          : [
              {
                file: document.name,
                line: document.lines,
                column: 1,
                path: '',
                message: `${why} demands a last line of three dots, so that a cut-off file is never taken for a shorter list`,
                hint: 'end this file with a line ...',
                excerpt: undefined,
              },
            ],
      )
}

const needsMarker = ({ main, included }: ConfigFiles): string | undefined => {
  const unlisted = main.file.policy.unlisted
  if (unlisted === 'block' || unlisted === 'remove')
    return `policy.unlisted: ${unlisted} (${said({ document: main.document, path: ['policy', 'unlisted'] })})`
  if (main.file.rules.length > 0) return `rules (${said({ document: main.document, path: ['rules'] }, 'key')})`
  for (const one of [main, ...included]) {
    const path = absentIn(one) ?? datesIn(one)
    const key = path?.at(-1)
    if (path !== undefined) return `${String(key)} (${said({ document: one.document, path }, 'key')})`
  }
  for (const { document, layers } of [layersOfMain(main), ...[main, ...included].map(layersOfScopes)]) {
    const found = layers.find(({ layer }) => layer.status === 'blocked' || layer.status === 'sandbox')
    const path = [...(found?.path ?? []), 'status']
    if (found !== undefined) return `${inWords(path)}: ${found.layer.status} (${said({ document, path })})`
  }
  return undefined
}

/** Layers that stand below the users' own keys. */
type Layers = {
  readonly document: SourceDocument
  readonly layers: ReadonlyArray<{ readonly layer: Layer; readonly path: Path }>
}

const layersOfMain = ({ document, file: { defaults, profiles } }: Decoded<ConfigFile>): Layers => ({
  document,
  layers: [
    { layer: defaults, path: ['defaults'] },
    ...[...profiles].map(([name, layer]) => ({ layer, path: ['profiles', name] })),
  ],
})

const layersOfScopes = ({ document, file }: Decoded<IncludedFile>): Layers => ({
  document,
  layers: subaccountsIn(file).flatMap(({ defaults }, at) =>
    defaults === undefined ? [] : [{ layer: defaults, path: ['subaccounts', at, 'defaults'] }],
  ),
})

const absentIn = ({ file }: Decoded<IncludedFile>): Path | undefined => {
  const lists = [file.absent, ...subaccountsIn(file).map(({ absent }) => absent)]
  const at = lists.findIndex((list) => list !== undefined && list.length > 0)
  return at < 0 ? undefined : at === 0 ? ['absent'] : ['subaccounts', at - 1, 'absent']
}

const datesIn = ({ file }: Decoded<IncludedFile>): Path | undefined => {
  const lists = [
    { users: file.users, path: ['users'] },
    ...subaccountsIn(file).map(({ users }, at) => ({ users, path: ['subaccounts', at, 'users'] })),
  ]
  for (const { users = [], path } of lists) {
    const at = users.findIndex(({ starts, expires }) => starts !== undefined || expires !== undefined)
    if (at >= 0) return [...path, at, users[at]?.starts === undefined ? 'expires' : 'starts']
  }
  return undefined
}
