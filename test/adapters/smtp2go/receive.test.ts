// What goes wrong on the way, in our words: a certificate that is refused comes before anything is sent.
import * as assert from 'uvu/assert'
import { textOf, transportFailure } from '../../../src/adapters/smtp2go/receive.ts'
import { describe, neverLeft } from '../../../src/domain/failure.ts'
import { E } from '../../../src/fp.ts'
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

  for (const code of ['HPE_INVALID_CONSTANT', 'HPE_HEADER_OVERFLOW', 'EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER'])
    test(`what is no HTTP of the service (${code}) is told as such, and may have come after the request`, () => {
      assert.match(describe(failureOf(code)), /^what answers there does not speak HTTP as the service does; is there a proxy\?/)
      assert.not(neverLeft(failureOf(code)))
    })

  for (const [packing, told] of [
    ['gzip', 'it is packed (gzip), which was not asked for; something in between changes answers'],
    ['BR', 'it is packed (br), which was not asked for; something in between changes answers'],
    ['identity', 'it is not text in UTF-8'],
    ['\u001b[2J', 'it is not text in UTF-8'],
    [null, 'it is not text in UTF-8'],
  ] as const)
    test(`an answer that is no text, with ${JSON.stringify(packing)} as its packing, is told for what it is`, () =>
      assert.equal(
        textOf(new Uint8Array([0x1f, 0x8b, 8, 0]), { get: (name) => (name === 'content-encoding' ? packing : null) }),
        E.left({ _tag: 'IllFormed', message: told }),
      ))

  test('what is not known may have come after the request', () => {
    assert.not(neverLeft(failureOf('ECONNRESET')))
    assert.match(describe(failureOf('ECONNRESET')), /^the connection to the service broke/)
  })
})
