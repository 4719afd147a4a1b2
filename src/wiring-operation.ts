// Wiring of what surrounds the daemon: who may control it, where it is seen, who is told.
import { groupId } from './adapters/group.ts'
import type { Failure } from './domain/failure.ts'
import type { Operation } from './domain/operation.ts'
import { E, type TE } from './fp.ts'

/** The number of the group that may use the control socket; a name that this machine does not know is a fault of the config. */
export const controlGroup =
  ({ control }: Operation): TE.TaskEither<Failure, number | undefined> =>
  async () => {
    if (control === undefined) return E.right(undefined)
    const id = await groupId(control.group)
    if (id !== undefined) return E.right(id)
    const message = `this machine has no group '${control.group}'`
    const hint = `create it (groupadd --system ${control.group}), name another one, or remove the key: then only the daemon's own user may ask`
    return E.left({
      _tag: 'ConfigInvalid',
      problems: [{ ...control.spot, path: 'control.group', message, hint, excerpt: undefined }],
    })
  }
