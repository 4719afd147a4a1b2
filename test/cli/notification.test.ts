// A notification as a chat shows it: nothing in it is a command there.
import * as assert from 'uvu/assert'
import { notificationBody } from '../../src/cli/render/notification.ts'
import { spec } from '../support/spec.ts'

const shown = (user: string): string => {
  const transitions = [{ kind: 'drift_found', scope: 'account', users: [user], message: 'm' }] as const
  const { text } = JSON.parse(notificationBody({ at: '2026-01-05T12:00:00.000Z', transitions }, 'slack'))
  return String(text)
    .replace(/^[\s\S]* in account: m \(/, '')
    .slice(0, -1)
}

spec('a name in a chat', (test) => {
  for (const name of ['@here', '@HERE', 'x.@channel', '-@all-', '_@everyone_', '@here.', '@@here'])
    test(`calls nobody together: ${name}`, () => assert.is(shown(name), name.replace(/@(?=\w)/, '@\u200b')))

  for (const name of ['one@a.example', 'one@here.example', '@hereabouts', 'all@all', '@one'])
    test(`is as it was where it would not: ${name}`, () => assert.is(shown(name), name))

  test('is in a document for machines as it was', () => {
    const transitions = [{ kind: 'drift_found', scope: 'account', users: ['@here'], message: '@here' }] as const
    assert.not.match(notificationBody({ at: '2026-01-05T12:00:00.000Z', transitions }, 'generic'), /200b/)
  })
})
