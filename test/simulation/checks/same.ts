// Whether a user of a view shows what is wanted of a field; what is not shown is not the same.
import { printPeriod } from '../../../src/sandbox/period.ts'

type Shown = { readonly [field: string]: unknown }

export const same = (view: Shown, name: string, wanted: unknown): boolean => {
  const shown = name === 'description' && view.description === undefined ? view.comments : view[name]
  if (name === 'custom_ratelimit_period')
    return printPeriod(String(shown), 'postgres') === printPeriod(String(wanted), 'postgres')
  if (name === 'ippool') return (shown ?? null) === (wanted ?? null) || (shown === 0 && wanted === null)
  return shown !== undefined && shown === wanted
}
