// Failures as a person reads them, and as exit codes.
import { printProblem } from '../config/problem.ts'
import type { Failure } from '../domain/failure.ts'
import { describe } from '../domain/failure.ts'

/** What happened, where, what to do. */
export const failureText = (failure: Failure): string => {
  switch (failure._tag) {
    case 'ConfigInvalid': {
      const count = failure.problems.length
      return `${failure.problems.map(printProblem).join('\n')}\n${count === 1 ? '1 problem' : `${count} problems`} in the config; nothing was sent\n`
    }
    case 'StateUnusable':
      return `${failure.path}: ${failure.message}\n`
    case 'Locked':
      return `${failure.message}\n`
    case 'WrongDigest':
      return `the plan now is ${failure.found}, not ${failure.wanted}: something changed since; nothing was sent, look at the plan again\n`
    case 'Api':
      return `${describe(failure.failure)}\n`
    case 'Defect':
      return `this is a bug in smtp2go-reconciler; please report it with these lines:\n${failure.message}\n`
  }
}

/** The exit code of a command that ended so. */
export const failureExitCode = (failure: Failure): number => {
  switch (failure._tag) {
    case 'ConfigInvalid':
      return 5
    case 'Api':
      return 6
    case 'Locked':
    case 'WrongDigest':
      return 3
    case 'StateUnusable':
    case 'Defect':
      return 1
  }
}
