// Declared: the secrets that a config names, for what must know them where it reads what others have written.
import { onceEach } from '../basics/once.ts'
import { Secret } from '../user/secret.ts'
import type { Api, DesiredState } from './desired.ts'

/** How the service is reached, with the secrets that no answer of it may be shown with. */
export type Asked = Api & { readonly declared?: ReadonlyArray<Secret> }

/** How the service is reached as this config says. */
export const askedAs = onceEach((desired: DesiredState): Asked => {
  const passwords = desired.scopes.flatMap(({ users }) => users.map(({ managed }) => managed.email_password?.value))
  const declared = [desired.api.key, ...passwords].filter((one): one is Secret => one instanceof Secret && !one.isUnfetched)
  return { ...desired.api, declared }
})
