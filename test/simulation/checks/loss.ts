// S3: where most of a list is lost at once, nobody who stood in it is blocked or removed for that without a person's word, until it is back.
import type { Config, ScopeId } from '../config.ts'
import { isToBlock } from '../rules.ts'
import { isStopping, lastView, type MakeStateCheck, told } from '../scene.ts'

/** A list that nothing was tried of may have been a little shorter when it was last applied. */
const EDITS = 2

const shuts = (unlisted: Config['unlisted']): boolean => unlisted === 'block' || unlisted === 'remove'

export const loss: MakeStateCheck = (scene, fail) => {
  /** Whom each scope listed before it lost most of them. */
  const listed = new Map<ScopeId, ReadonlySet<string>>()
  const lostIn = (config: Config, scope: ScopeId): ReadonlySet<string> => {
    const [now, before] = [config.scopes.get(scope)?.users, listed.get(scope) ?? new Set<string>()]
    if ((now?.size ?? 0) * 2 >= before.size - EDITS) return new Set()
    return new Set([...before].filter((username) => now?.has(username) !== true))
  }
  return {
    left: (entry, _life, run) => {
      if (run?.config === undefined || scene.approving || isStopping(scene, entry)) return
      const { endpoint, scope, username, body } = entry
      const isTaking = endpoint === 'remove' || (endpoint === 'edit' && body.status === 'blocked')
      if (!isTaking || !lostIn(run.config, scope).has(username)) return
      // What a rule asks for it asks for of everybody.
      const shown = lastView(run, scope)?.shown?.get(username)
      if (!isToBlock(run.config, scope, username, { ...shown })) fail('S3', `${told(entry)}: its scope has lost most of its list`)
    },
    runEnded: (_life, run) => {
      const { config } = run
      if (config === undefined || run.broken || !run.remembered) return
      for (const [scope, { users }] of config.scopes) {
        const shown = lastView(run, scope)?.shown
        if (shown === undefined) continue
        // A loss that takes nothing from anybody may be taken for meant.
        const isHeld = [...lostIn(config, scope)].some((username) => shown.get(username)?.status === 'allowed')
        if (!isHeld || !shuts(config.unlisted)) listed.set(scope, new Set(users.keys()))
      }
    },
    ledgerLost: () => listed.clear(),
  }
}
