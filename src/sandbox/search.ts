// The search of subaccounts: terms, states, order and pages.
import { type Answer, badField, success, type Trouble } from './answer.ts'
import type { Body } from './fields.ts'
import type { World } from './world.ts'

const STATES = ['all', 'active', 'closed', 'suspended']

/** Answers subaccounts/search. */
export const search = (world: World, body: Body): Answer | Trouble => {
  const wanted = typeof body.states === 'string' ? body.states : 'all'
  if (!STATES.includes(wanted))
    return badField({
      fieldname: 'states',
      message: `The field 'states' was expecting a value from the allowed list [${STATES.join(', ')}]`,
    })
  const terms = Array.isArray(body.search_terms) ? body.search_terms.filter((term) => typeof term === 'string') : []
  const fuzzy = body.fuzzy_search !== false
  const hits = (value: string): boolean =>
    terms.some((term) => (fuzzy ? value.toLowerCase().includes(term.toLowerCase()) : value === term))
  const size = typeof body.page_size === 'number' && body.page_size >= 1 ? Math.min(Math.floor(body.page_size), 500) : 100
  const from = typeof body.continue_token === 'string' && /^\d+$/.test(body.continue_token) ? Number(body.continue_token) : 0
  const found = [...world.subaccounts]
    .map(([id, { name, email, state }]) => ({ id, name, email, state }))
    .filter(({ state }) => wanted === 'all' || state.toLowerCase() === wanted)
    .filter((one) => terms.length === 0 || [one.id, one.name, one.email].some(hits))
    .sort((one, other) => (one.name < other.name ? -1 : 1) * (body.sort_direction === 'desc' ? -1 : 1))
  const subaccounts = found.slice(from, from + size).map(({ id, name, email, state }) => ({
    name,
    email,
    id,
    plan_size: 10_000,
    plan_used: 0,
    plan_remaining: 10_000,
    state,
    dedicated_ip: false,
  }))
  return success({
    continue_token: from + size < found.length ? String(from + size) : '',
    subaccounts,
    total_count: found.length,
  })
}
