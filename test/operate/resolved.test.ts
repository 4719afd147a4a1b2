// Findings that are over are told for a day where somebody looks: in the status, as text and JSON, and on the page.
import * as assert from 'uvu/assert'
import { statusPage } from '../../src/cli/page/page.ts'
import { statusText } from '../../src/cli/render/status.ts'
import { statusJson } from '../../src/cli/render/status-json.ts'
import { HOUR, withRig } from '../support/rig.ts'
import { spec } from '../support/spec.ts'

const RULES = 'rules: [{ id: named, require: { description: { present: true } } }]\n...\n'
const listing = (more: string): string => `reconcile: { schedule: null }\nusers: [{ username: fax@a.example${more} }]\n${RULES}`

spec('a resolved finding', (test) => {
  test('is told in status and page for a day after the run, and no longer', () =>
    withRig({ account: { results: [{ username: 'fax@a.example' }] } }, async (rig) => {
      rig.config(listing(''))
      const daemon = await rig.daemon()
      const runs = async (count: number): Promise<void> => {
        for (let turn = 0; turn < 200 && daemon.reports().length < count; turn += 1) await rig.time.pass(1)
      }
      await runs(1)
      const resolved = () => daemon.controls.status().scopes[0]?.resolved
      assert.equal(resolved(), [])
      rig.config(listing(', description: Fax'))
      daemon.wake('file change')
      await runs(2)
      daemon.wake('control')
      await runs(3)
      assert.equal(
        resolved()?.map(({ rule, username, severity }) => `${severity} ${rule} ${username}`),
        ['medium named fax@a.example'],
      )
      const [status, now] = [daemon.controls.status(), rig.time.clock.now()]
      assert.match(
        statusText(status, { colour: false, width: 200, now }),
        /\n {2}named fax@a\.example: resolved \d+ (ms|seconds?|s) ago\n/,
      )
      assert.match(JSON.stringify(statusJson(status)), /"resolved":\[\{"username":"fax@a\.example","rule":"named"/)
      assert.match(statusPage(status, now), /<b>fax@a\.example<\/b> named: resolved/)
      await rig.time.pass(25 * HOUR)
      daemon.wake('control')
      await runs(4)
      assert.equal(resolved(), [])
    }))
})
