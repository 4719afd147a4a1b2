// Completion, asked of the shells themselves with the scripts of the build; and the manual page, by those who read such pages.
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { EVERYWHERE, VERBS } from '../../src/cli/syntax.ts'
import { withBench } from '../support/command.ts'
import { spec } from '../support/spec.ts'

const run = promisify(execFile)
const ROOT = resolve(import.meta.dirname, '../..')
const SCRIPTS = { bash: 'smtp2go-reconciler', zsh: '_smtp2go-reconciler', fish: 'smtp2go-reconciler.fish' } as const
type Shell = keyof typeof SCRIPTS

const isHere = (program: string): boolean => (process.env.PATH ?? '').split(':').some((dir) => existsSync(join(dir, program)))
/** Root can install the others, and the tests in CI do. */
const needed = (program: string): boolean => process.geteuid?.() === 0 || isHere(program)
const SHELLS = (['bash', 'zsh', 'fish'] as const).filter(needed)

/** What a shell offers for each line. */
const offered = async (shell: Shell, lines: ReadonlyArray<string>): Promise<ReadonlyMap<string, ReadonlyArray<string>>> => {
  const dir = await mkdtemp(join(tmpdir(), 'completion-'))
  try {
    const script = join(ROOT, 'dist/completion', SCRIPTS[shell])
    const plain = shell === 'zsh' ? ['-f'] : shell === 'fish' ? ['--no-config'] : ['--norc']
    const typed = lines.map((line) => `smtp2go-reconciler ${line}`)
    const { stdout } = await run(shell, [...plain, join(import.meta.dirname, `ask.${shell}`), script, dir, ...typed], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, HOME: dir, TERM: 'dumb', LC_ALL: 'C.UTF-8' },
      timeout: 180_000,
    })
    const answers = stdout.split(/^== smtp2go-reconciler /m).slice(1)
    return new Map(
      answers.map((answer) => {
        const [line = '', ...words] = answer.split('\n')
        return [line, [...new Set(words.map((word) => word.trim()).filter((word) => word !== ''))]]
      }),
    )
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

const FORMATS = ['json', 'markdown', 'text']
const LEVELS = ['debug', 'error', 'info', 'trace', 'warn']

/** Lines, and all that there is to say to each. */
const LINES: ReadonlyArray<readonly [line: string, words: ReadonlyArray<string>]> = [
  ['pl', ['plan']],
  ['-c other.yaml st', ['status']],
  ['--log-level=debug --state-dir s hi', ['history']],
  ['plan --format ', FORMATS],
  ['plan --format=', FORMATS],
  ['--log-level ', LEVELS],
  ['apply --log-level ', LEVELS],
  ['plan --scope ', ['account']],
  ['plan --det', ['--detailed-exitcode']],
  ['sandbox e', ['edit']],
  ['sandbox edit --sub', ['--subaccount']],
  ['completion ', ['bash', 'fish', 'zsh']],
  ['plan --live config.ex', ['config.example.yaml']],
  ['-c config.ex', ['config.example.yaml']],
  ['--state-dir system', ['systemd/']],
]

spec('completion', (test) => {
  for (const shell of SHELLS) {
    test(`${shell} knows commands, options, their values, and where a file stands`, async () => {
      const answers = await offered(
        shell,
        LINES.map(([line]) => line),
      )
      for (const [line, words] of LINES) {
        const said = (answers.get(line) ?? []).map((word) => word.replace(/^--[a-z-]+=(?=.)/, ''))
        // Shells differ in whether they add the stroke at the end of a folder themselves.
        assert.equal(
          [...said].map((word) => word.replace(/\/$/, '')).sort(),
          words.map((word) => word.replace(/\/$/, '')),
          line,
        )
      }
    })

    test(`${shell} offers every command, and every option of each`, async () => {
      const lines = ['', ...VERBS.map(({ name }) => `${name} --`)]
      const answers = await offered(shell, lines)
      const commands = VERBS.map(({ name }) => name).filter((name) => !name.includes(' '))
      assert.equal([...(answers.get('') ?? [])].filter((word) => !word.startsWith('-')).sort(), [...commands, 'help'].sort())
      for (const { name, flags } of VERBS) {
        const said = (answers.get(`${name} --`) ?? [])
          .map((word) => word.replace(/=$/, ''))
          .filter((word) => word.startsWith('--'))
        assert.equal([...said].sort(), [...flags, ...EVERYWHERE].map(({ long }) => long).sort(), name)
      }
    })
  }

  test('the scripts of the build are those that the command prints', () =>
    withBench({ account: { results: [] } }, async (bench) => {
      for (const [shell, file] of Object.entries(SCRIPTS))
        assert.is((await bench.run('completion', shell)).out, readFileSync(join(ROOT, 'dist/completion', file), 'utf8'))
      assert.is((await bench.run('man')).out, readFileSync(join(ROOT, 'dist/smtp2go-reconciler.1'), 'utf8'))
      assert.is((await bench.run('completion', 'tcsh')).code, 64)
    }))
})

const READERS = [
  ['man', ['--warnings', '--local-file']],
  ['mandoc', ['-T', 'lint', '-W', 'warning']],
] as const

spec('the manual page', (test) => {
  const page = join(ROOT, 'dist/smtp2go-reconciler.1')

  for (const [reader, options] of READERS.filter(([name]) => needed(name)))
    test(`${reader} has nothing to complain of`, async () => {
      const { stdout, stderr } = await run(reader, [...options, page], {
        env: { ...process.env, MANWIDTH: '80', LC_ALL: 'C.UTF-8' },
      })
      assert.is(stderr, '')
      if (reader === 'mandoc') assert.is(stdout, '')
      else assert.match(stdout, /^NAME\n {7}smtp2go-reconciler - keeps SMTP2GO users/m)
    })

  test('has every section that one looks for, every command and every option', () => {
    const text = readFileSync(page, 'utf8')
      .replaceAll('\\-', '-')
      .replace(/\\f[BRI]/g, '')
    const sections = [...text.matchAll(/^\.SH (.*)$/gm)].map(([, name]) => name)
    assert.equal(
      sections.join(', '),
      'NAME, SYNOPSIS, DESCRIPTION, OPTIONS, COMMANDS, EXIT STATUS, FILES, ENVIRONMENT, SIGNALS, EXAMPLES, SEE ALSO',
    )
    for (const { name, flags } of VERBS) {
      const part =
        text
          .split(/^\.S[SH] /m)
          .find((one) => one.split(/ \[| |\n/)[0] === name || one.startsWith(`${name}\n`) || one.startsWith(`${name} `)) ?? ''
      for (const { long } of flags) assert.ok(part.includes(`\n${long}`), `${name} ${long}`)
    }
  })
})
