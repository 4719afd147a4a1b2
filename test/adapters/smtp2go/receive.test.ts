// What goes wrong on the way, in our words: a certificate that is refused comes before anything is sent.
import * as assert from 'uvu/assert'
import { transportFailure } from '../../../src/adapters/smtp2go/receive.ts'
import { describe, neverLeft } from '../../../src/domain/basics/failure.ts'
import { spec } from '../../support/spec.ts'

const failureOf = (code: string) =>
  transportFailure(Object.assign(new Error('x'), { code }), { timeoutMs: 1000, maxAnswerBytes: 1000 })

spec('on the way to the service', (test) => {
  for (const code of [
    'CERT_HAS_EXPIRED',
    'CERT_NOT_YET_VALID',
    'CERT_REJECTED',
    'CERT_REVOKED',
    'CERT_SIGNATURE_FAILURE',
    'CERT_UNTRUSTED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'INVALID_CA',
    'INVALID_PURPOSE',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ])
    test(`a certificate that is refused (${code}) is told as one, and nothing was sent`, () => {
      assert.match(describe(failureOf(code)), /^the service cannot be reached: its TLS certificate/)
      assert.ok(neverLeft(failureOf(code)))
    })

  test('what is not known may have come after the request', () => {
    assert.not(neverLeft(failureOf('ECONNRESET')))
    assert.match(describe(failureOf('ECONNRESET')), /^the connection to the service broke/)
  })
})
