// The shipped units, offline: what systemd itself finds wrong with them, and how much they leave open.
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as assert from 'uvu/assert'
import { spec } from '../support/spec.ts'

const FOLDER = resolve(import.meta.dirname, '../../systemd')
const UNITS = ['smtp2go-reconciler.service', 'smtp2go-reconciler@.service']
/** What is left open cannot be closed: the internet, the machine's network, the socket of systemd, the compiler in Node. */
const MOST = 1.2

const lines = (file: string): ReadonlyArray<string> => readFileSync(join(FOLDER, file), 'utf8').split('\n')
const settings = (file: string): ReadonlyArray<string> => lines(file).filter((line) => /^[A-Za-z]+=/.test(line))

/** Where the units differ on purpose. */
const OWN = /^(Description|User|ExecStart|LoadCredential|StateDirectory|RuntimeDirectory)=/

spec('the units', (test) => {
  for (const unit of UNITS) {
    test(`${unit} leaves at most ${MOST} of 10 open`, () => {
      const said = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', join(FOLDER, unit)], {
        encoding: 'utf8',
      })
      const level = Number(/Overall exposure level for \S+: (\d+\.\d+)/.exec(said)?.[1] ?? Number.NaN)
      assert.ok(level <= MOST, said)
    })

    test(`${unit} has nothing that systemd complains of`, () => {
      const dir = mkdtempSync(join(tmpdir(), 'units-'))
      try {
        // The command need not be installed where this runs.
        const command = join(dir, 'smtp2go-reconciler')
        writeFileSync(command, '#!/bin/sh\n')
        chmodSync(command, 0o755)
        writeFileSync(
          join(dir, unit),
          lines(unit)
            .join('\n')
            .replace(/^ExecStart=/m, `ExecStart=${dir}/`),
        )
        const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', join(dir, unit)], { encoding: 'utf8' })
        const ours = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('smtp2go-reconciler'))
        assert.equal({ status, ours }, { status: 0, ours: [] })
      } finally {
        rmSync(dir, { recursive: true })
      }
    })
  }

  test('an instance is hardened as the single unit is', () => {
    const [single, instance] = UNITS.map((unit) => settings(unit).filter((line) => !OWN.test(line)))
    assert.equal(instance, single)
  })

  test('only what starting again would not mend ends in a stop', () => {
    for (const unit of UNITS) {
      assert.ok(settings(unit).includes('Restart=always'))
      assert.ok(settings(unit).includes('RestartPreventExitStatus=5 64 CREDENTIALS'))
    }
  })

  test('a drop-in says in its own words what it is for, and changes the service only', () => {
    const dropIns = readdirSync(FOLDER).filter((name) => name.endsWith('.conf'))
    assert.equal(dropIns.sort(), ['control-group.conf', 'ip-allow-list.conf', 'notify-by-child.conf'])
    for (const name of dropIns) {
      assert.match(lines(name)[0] ?? '', /^# A drop-in/)
      assert.equal(
        lines(name).filter((line) => line.startsWith('[')),
        ['[Service]'],
      )
    }
  })
})
