// S3: where most of a list is lost at once, nobody who stood in it is blocked or removed for that without a person's word, until it is back.
import { type Config, isProtected, managedOf, type ScopeId } from '../config.ts'
import { isToBlock } from '../rules.ts'
import { isStopping, lastView, type MakeStateCheck, told } from '../scene.ts'

/** A list that nothing was tried of may have been a little shorter when it was last applied. */
const EDITS = 2

const shuts = (unlisted: Config['unlisted']): boolean => unlisted === 'block' || unlisted === 'remove'

export const loss: MakeStateCheck = (scene, fail) => {
  /** What was asked for each scope before it lost most of its list. */
  const whole = new Map<ScopeId, Config>()
  const lostIn = (config: Config, scope: ScopeId): ReadonlySet<string> => {
    const now = config.scopes.get(scope)?.users
    const before = new Set(whole.get(scope)?.scopes.get(scope)?.users.keys())
    if ((now?.size ?? 0) * 2 >= before.size - EDITS) return new Set()
    return new Set([...before].filter((username) => now?.has(username) !== true))
  }
  return {
    left: (entry, _life, run) => {
      if (run?.config === undefined || scene.approving || isStopping(scene, entry)) return
      const { endpoint, scope, username, body } = entry
      // Who was to be blocked before is not blocked for the loss.
      const before = whole.get(scope)
      const isNews = before === undefined || managedOf(before, scope, username)?.status !== 'blocked'
      const isTaking = endpoint === 'remove' || (endpoint === 'edit' && body.status === 'blocked' && isNews)
      if (!isTaking || !lostIn(run.config, scope).has(username)) return
      // What a rule asks for it asks for of everybody.
      const shown = lastView(run, scope)?.shown?.get(username)
      if (!isToBlock(run.config, scope, username, { ...shown })) fail('S3', `${told(entry)}: its scope has lost most of its list`)
    },
    runEnded: (_life, run) => {
      const { config } = run
      if (config === undefined || run.broken || !run.remembered) return
      for (const scope of config.scopes.keys()) {
        const shown = lastView(run, scope)?.shown
        if (shown === undefined) continue
        // A loss that takes nothing from anybody may be taken for meant; nor does it from who is protected.
        const isHeld = [...lostIn(config, scope)].some(
          (username) => shown.get(username)?.status === 'allowed' && !isProtected(username),
        )
        if (!isHeld || !shuts(config.unlisted)) whole.set(scope, config)
      }
    },
    ledgerLost: () => whole.clear(),
  }
}
