// The group that may use the control socket: whether it is there, can be given the socket, and gets to it.
import { isShutIn } from '../adapters/control.ts'
import { groupId, mayGive } from '../adapters/group.ts'
import type { Failure } from '../domain/basics/failure.ts'
import { groupFinding } from '../domain/checkup/checkup.ts'
import { type Operation, sectionFault } from '../domain/wanted/operation.ts'
import { E, type TE } from '../fp.ts'

/** The number of the group that may use the control socket; a name that this machine does not know is a fault of the config. */
export const controlGroup =
  ({ control }: Operation): TE.TaskEither<Failure, number | undefined> =>
  async () => {
    if (control === undefined) return E.right(undefined)
    const id = await groupId(control.group)
    if (id !== undefined) return E.right(id)
    const message = `this machine has no group '${control.group}'`
    const hint = `create it (groupadd --system ${control.group}), name another one, or remove the key: then only the daemon's own user may ask`
    return E.left(sectionFault(control.spot, 'control.group', message, hint))
  }

/** Whether the control socket, in a folder, can be given to that group; where it cannot, that is a fault of the config. */
export const givable =
  ({ control }: Operation, group: number | undefined, folder: string): TE.TaskEither<Failure, void> =>
  async () => {
    if (control === undefined || group === undefined || (await mayGive(folder, group))) return E.right(undefined)
    const message = `the control socket cannot be given to the group '${control.group}', which only its members may do`
    const hint =
      'make the user who runs this one of them (under systemd take the drop-in control-group.conf: README, As a service), or remove the key'
    return E.left(sectionFault(control.spot, 'control.group', message, hint))
  }

/** What is to be told where the group that may use a control socket does not get to it. */
export const shutOut = async ({ control }: Operation, path: string): Promise<string | undefined> => {
  if (control === undefined || !(await isShutIn(path))) return undefined
  const { says, advice } = groupFinding(control.group, path)
  return `${says}; ${advice}`
}
