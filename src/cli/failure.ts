// Failures as a person reads them, and as exit codes.

import { counted } from '../domain/basics/counted.ts'
import type { Failure } from '../domain/basics/failure.ts'
import { failureLine } from '../domain/basics/failure.ts'
import { visible } from '../domain/basics/visible.ts'
import { defectText } from './defect.ts'
import { printProblem } from './render/problem.ts'

/** What happened, where, what to do. */
export const failureText = (failure: Failure): string => {
  switch (failure._tag) {
    case 'ConfigInvalid': {
      const count = failure.problems.length
      return `${failure.problems.map(printProblem).join('\n')}\n${counted(count, 'problem')} in the config; nothing was sent\n`
    }
    case 'StateUnusable':
    case 'InputUnusable':
    case 'Locked':
    case 'WrongDigest':
    case 'NoSuchRun':
    case 'WrongUsage':
    case 'Stopped':
    case 'Api':
    case 'Unseen':
      return `${visible(failureLine(failure))}\n`
    case 'Defect':
      return defectText(failure.message)
  }
}

/** The same, without the line end. */
export const failureWords = (failure: Failure): string => failureText(failure).trimEnd()
