// What `doctor` makes of a systemd unit: for each way in which it may stand, what is wrong and what to do.
import * as assert from 'uvu/assert'
import { checkupCode, type Verdict } from '../../../src/domain/checkup/checkup.ts'
import { type Unit, unitFindings, unitOf } from '../../../src/domain/checkup/unit.ts'
import { spec } from '../../support/spec.ts'

const CONFIG = '/etc/smtp2go-reconciler/config.yaml'
const WELL: Unit = {
  id: 'smtp2go-reconciler.service',
  load: 'loaded',
  active: 'active',
  sub: 'running',
  enabled: 'enabled',
  result: 'success',
  exitCode: 0,
  restarts: 0,
  user: 'smtp2go-reconciler',
  dynamicUser: true,
  says: 'in sync: 2 users in 1 scope',
  stale: false,
  config: CONFIG,
  stateDir: '/var/lib/smtp2go-reconciler',
  runtimeDir: '/run/smtp2go-reconciler',
  credential: true,
}

const ENABLE = 'start it, now and at each boot: systemctl enable --now smtp2go-reconciler.service'

const ofUnits = (...units: ReadonlyArray<Partial<Unit>>) =>
  unitFindings({ _tag: 'Units', units: units.map((unit) => ({ ...WELL, ...unit })) }, CONFIG)

type Row = readonly [change: Partial<Unit>, verdict: Verdict, code: number, says: RegExp, advice: RegExp | undefined]

const ROWS: ReadonlyArray<Row> = [
  [{}, 'ok', 0, /is active, and says: in sync: 2 users/, undefined],
  [{ active: 'reloading' }, 'ok', 0, /is reloading/, undefined],
  [{ active: 'activating', sub: 'start' }, 'ok', 0, /is starting/, undefined],
  [{ active: 'inactive' }, 'warning', 0, /installed, and inactive/, /enable --now smtp2go-reconciler\.service/],
  [
    { active: 'activating', sub: 'auto-restart', restarts: 7, result: 'exit-code', exitCode: 1 },
    'trouble',
    1,
    /crash loop: started again 7 times, and ended last with exit code 1/,
    /journalctl --unit/,
  ],
  [{ active: 'activating', sub: 'auto-restart-queued', restarts: 7 }, 'trouble', 1, /crash loop/, /journalctl --unit/],
  [
    { active: 'failed', result: 'exit-code', exitCode: 5 },
    'trouble',
    5,
    /config or a secret was invalid/,
    /mend it, then systemctl restart/,
  ],
  [
    { active: 'failed', result: 'exit-code', exitCode: 243 },
    'trouble',
    5,
    /file of a credential is not there/,
    /systemctl restart/,
  ],
  [{ active: 'failed', result: 'exit-code', exitCode: 64 }, 'trouble', 1, /stopped with exit code 64/, /journalctl/],
  [{ active: 'failed', result: 'timeout' }, 'trouble', 1, /never said that it was ready/, /notify-by-child\.conf/],
  [{ active: 'failed', result: 'watchdog' }, 'trouble', 1, /stopped with 'watchdog'/, /journalctl/],
  [{ load: 'masked', active: 'inactive' }, 'trouble', 1, /cannot be started: masked/, /systemctl status/],
  [{ load: 'bad-setting', active: 'inactive' }, 'trouble', 1, /cannot be started: bad setting/, /systemctl status/],
]

spec('units', (test) => {
  for (const [change, verdict, code, says, advice] of ROWS)
    test(`${JSON.stringify(change)} is ${verdict}`, () => {
      const [first, ...rest] = ofUnits(change)
      assert.is(first?.verdict, verdict)
      assert.match(first?.says ?? '', says)
      if (first !== undefined && first.verdict !== 'ok') assert.match(first.advice, advice ?? /^$/)
      assert.is(checkupCode(ofUnits(change)), code)
      assert.equal(rest, [], 'and nothing else')
    })

  test('what a unit lacks is a warning beside how it stands', () => {
    const rows: ReadonlyArray<readonly [Partial<Unit>, RegExp]> = [
      [{ restarts: 1 }, /had to be started again 1 time since/],
      [{ dynamicUser: false, user: '' }, /runs as root/],
      [{ dynamicUser: false, user: 'root' }, /runs as root/],
      [{ credential: false }, /loads no credential/],
      [{ enabled: 'disabled' }, /not started at boot/],
      [{ stale: true }, /was changed, and systemd runs the one before/],
    ]
    for (const [change, says] of rows) {
      const [standing, lack, ...more] = ofUnits(change)
      assert.is(standing?.verdict, 'ok')
      assert.is(lack?.verdict, 'warning')
      assert.match(lack?.says ?? '', says)
      assert.equal(more, [])
    }
    assert.is(ofUnits({ dynamicUser: false, user: 'mailops' }).length, 1)
    assert.is(ofUnits({ credential: undefined }).length, 1, 'what cannot be read is not held against it')
  })

  test('the unit of another config is not ours to judge, and is named', () => {
    const acme = { id: 'smtp2go-reconciler@acme.service', config: '/etc/smtp2go-reconciler/acme.yaml', active: 'failed' }
    assert.equal(ofUnits({}, acme), ofUnits({}))
    const [other, ...more] = ofUnits(acme)
    assert.is(other?.verdict, 'warning')
    assert.match(
      other?.says ?? '',
      /no unit runs \/etc\/smtp2go-reconciler\/config\.yaml; there are .*@acme\.service \(failed, runs .*acme\.yaml\)/,
    )
    assert.equal(more, [])
  })

  test('no unit, and no systemd, is no fault: it says what follows', () => {
    assert.equal(ofUnits(), [
      {
        check: 'service',
        verdict: 'ok',
        says: 'no unit is installed: nothing starts the daemon at boot, or again when it ends',
      },
    ])
    assert.equal(unitFindings({ _tag: 'NoSystemd' }, CONFIG), [
      {
        check: 'service',
        verdict: 'ok',
        says: 'no systemd runs here: whatever starts the daemon must start it again when it ends',
      },
    ])
    assert.equal(unitFindings({ _tag: 'Silent', why: 'no answer' }, CONFIG), [
      {
        check: 'service',
        verdict: 'warning',
        says: 'systemd does not tell how the service is: no answer',
        advice: 'see `systemctl status smtp2go-reconciler`',
      },
    ])
  })

  for (const [change, says] of [
    [{ says: '' }, 'smtp2go-reconciler.service is active'],
    [{ active: 'activating', sub: 'start', says: '' }, 'smtp2go-reconciler.service is starting'],
    [
      { active: 'activating', sub: 'start', says: 'looking at account' },
      'smtp2go-reconciler.service is starting, and says: looking at account',
    ],
  ] as const)
    test(`a service says of itself what it last said, where it said anything: ${says}`, () =>
      assert.equal(ofUnits(change), [{ check: 'service', verdict: 'ok', says }]))

  test('what a signal or a watchdog ended is not told by the number of an exit code', () => {
    for (const [change, says] of [
      [{ result: 'signal', exitCode: 5 }, "smtp2go-reconciler.service has stopped with 'signal'"],
      [{ result: 'watchdog', exitCode: 243 }, "smtp2go-reconciler.service has stopped with 'watchdog'"],
    ] as const)
      assert.is(ofUnits({ active: 'failed', ...change })[0]?.says, says)
  })

  test('with each lack it says what to do', () => {
    const rows: ReadonlyArray<readonly [Partial<Unit>, string]> = [
      [{ restarts: 1 }, '`journalctl --unit smtp2go-reconciler.service` tells why'],
      [
        { dynamicUser: false, user: '0' },
        'the unit that comes with the program runs as a user of its own (DynamicUser=yes); `systemctl revert` takes back what was changed',
      ],
      [{ credential: false }, 'LoadCredential=api-key:FILE in the unit, and `key: { credential: api-key }` in the config'],
      [{ enabled: 'disabled' }, 'systemctl enable smtp2go-reconciler.service'],
      [{ stale: true }, 'systemctl daemon-reload'],
    ]
    for (const [change, advice] of rows) {
      const [, lack] = ofUnits(change)
      assert.is(lack?.verdict === 'warning' ? lack.advice : undefined, advice)
    }
  })

  test('that a stopped service is not started at boot is said once, with how to start it', () => {
    const [first, ...more] = ofUnits({ active: 'inactive', enabled: 'disabled' })
    assert.is(first?.verdict === 'warning' ? first.advice : undefined, ENABLE)
    assert.equal(more, [])
  })

  test('of several units of other configs each is named, and how to name the config of one', () => {
    const findings = ofUnits(
      { id: 'one.service', config: '/etc/smtp2go-reconciler/one.yaml' },
      { id: 'two.service', active: 'failed', config: undefined },
    )
    assert.equal(findings, [
      {
        check: 'service',
        verdict: 'warning',
        says: `no unit runs ${CONFIG}; there are one.service (active, runs /etc/smtp2go-reconciler/one.yaml), two.service (failed, runs no config that can be told)`,
        advice: 'name the config of the service with --config',
      },
    ])
  })

  test('the unit of a config is the one that runs it', () => {
    const [one, two] = [
      { ...WELL, id: 'one.service', config: '/etc/smtp2go-reconciler/one.yaml' },
      { ...WELL, id: 'two.service' },
    ]
    assert.is(unitOf({ _tag: 'Units', units: [one, two] }, CONFIG), two)
    assert.is(unitOf({ _tag: 'Units', units: [one] }, CONFIG), undefined)
    assert.is(unitOf({ _tag: 'NoSystemd' }, CONFIG), undefined)
    assert.is(unitOf({ _tag: 'Silent', why: 'no answer' }, CONFIG), undefined)
  })
})
