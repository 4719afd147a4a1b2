// A command from the command line: what the program says of itself is said at once; everything else is performed, with what that needs.
import type { GlobalOptions } from '../cli/args.ts'
import type { Asked } from '../cli/commands.ts'
import type { World } from './world.ts'

/** Runs a command; gives its exit code. */
export const command = async (world: World, global: GlobalOptions, asked: Asked): Promise<number> => {
  const { terminal, version } = world
  if (asked._tag === 'Schema') return (await import('../cli/schema.ts')).schema(terminal, asked.of)
  if (asked._tag === 'Man') {
    terminal.out((await import('../cli/render/man.ts')).manPage(version))
    return 0
  }
  if (asked._tag === 'Completion') {
    terminal.out((await import('../cli/completion/shells.ts')).completion(asked.shell))
    return 0
  }
  return (await import('./perform.ts')).perform(world, global, asked)
}
