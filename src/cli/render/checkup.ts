// The checkup as people read it, what to do under what is not well, and as `smtp2go-reconciler/doctor@1`.

import { counted } from '../../domain/basics/counted.ts'
import { visible } from '../../domain/basics/visible.ts'
import type { Condition, Verdict } from '../../domain/checkup/checkup.ts'
import { checkupCode } from '../../domain/checkup/checkup.ts'
import { painter } from './paint.ts'
import { wrapped } from './wrap.ts'

type Options = { readonly colour: boolean; readonly width: number }

const COLOURS = { ok: 'green', warning: 'yellow', trouble: 'red' } as const

/** The findings in words. */
export const checkupText = (findings: ReadonlyArray<Condition>, { colour, width }: Options): string => {
  const paint = painter(colour)
  const lines = findings.flatMap((one) => {
    const [first = '', ...more] = one.says.split('\n').map(visible)
    const head = `${paint[COLOURS[one.verdict]](one.verdict.padEnd(7))}  ${paint.bold(one.check)}: ${first}`
    const advice = one.verdict === 'ok' ? [] : [`         → ${visible(one.advice)}`]
    return [head, ...more.map((line) => `         ${line}`), ...advice]
  })
  const count = (verdict: Verdict): number => findings.filter((one) => one.verdict === verdict).length
  const closing = `${count('ok')} ok, ${counted(count('warning'), 'warning')}, ${count('trouble')} in trouble`
  return `${wrapped([...lines, paint.bold(closing)].join('\n'), width)}\n`
}

/** The findings as data. */
export const checkupJson = (findings: ReadonlyArray<Condition>): unknown => ({
  format: 'smtp2go-reconciler/doctor@1',
  exit_code: checkupCode(findings),
  checks: findings.map((one) => ({
    check: one.check,
    verdict: one.verdict,
    message: one.says,
    advice: one.verdict === 'ok' ? null : one.advice,
  })),
})
