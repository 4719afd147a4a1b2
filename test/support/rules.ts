// Rules in short.
import { glob } from '../../src/domain/user/username.ts'
import type { Rule, Waiver } from '../../src/domain/wanted/rule.ts'

type Some = Partial<Omit<Rule, 'match'>> & { readonly match?: Partial<Rule['match']> }

/** A rule with what is said, for everybody unless it says whom. */
export const rule = (id: string, { match, ...some }: Some): Rule => ({
  id,
  severity: 'medium',
  match: { username: undefined, scope: undefined, status: undefined, profile: undefined, ...match },
  set: {},
  require: [],
  otherwise: 'report',
  waivers: [],
  source: `config.yaml:1:1 ${id}`,
  ...some,
})

/** A waiver until a moment. */
export const waiver = (text: string, until: number): Waiver => {
  const username = glob(text)
  if (username === undefined) throw new Error(`no pattern: ${text}`)
  return { username, until, reason: 'a trial', source: 'config.yaml:9:9' }
}
