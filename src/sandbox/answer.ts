// Answers as the service words them: the envelope of a success, and the errors with their codes.
import type { Switches } from './switches.ts'

/** An answer: the status, and the members of the JSON object after `request_id`, as JSON text. */
export type Answer = { readonly status: number; readonly members: string }

/** What is wrong with one field of a request. */
export type FieldError = { readonly fieldname: string; readonly message: string }

/** Why a request is refused. */
export type Trouble = {
  readonly _tag: 'Trouble'
  readonly status: number
  readonly code: 'API_EXCEPTION' | 'ENDPOINT_PERMISSION_DENIED' | 'INVALID_IN_PAYLOAD' | 'NON_VALIDATING_IN_PAYLOAD'
  readonly message: string
  readonly field?: FieldError
}

/** Whether a result is trouble. */
export const isTrouble = (result: object): result is Trouble => '_tag' in result && result._tag === 'Trouble'

/** A success with `data`. */
export const success = (data: unknown): Answer => successText(JSON.stringify(data))

/** A success with `data` that is JSON text already. */
export const successText = (data: string): Answer => ({ status: 200, members: `"data":${data}` })

/** The one generic refusal: exists already, does not exist, not in this plan. */
export const exception = (message: string, status = 400): Trouble => ({ _tag: 'Trouble', status, code: 'API_EXCEPTION', message })

/** The refusal of a field. */
export const badField = (field: FieldError): Trouble => ({
  _tag: 'Trouble',
  status: 400,
  code: 'NON_VALIDATING_IN_PAYLOAD',
  message: 'An error occurred processing the json data you sent, Please correct your JSON payload and try again.',
  field,
})

/** The answer that tells of trouble. */
export const refusal = (trouble: Trouble, switches: Switches): Answer => {
  const error = {
    error: trouble.message,
    error_code: `E_ApiResponseCodes.${trouble.code}`,
    field_validation_errors: trouble.field === undefined ? undefined : fieldErrors(trouble.field, switches),
  }
  const flat = switches.error_envelope === 'flat'
  return {
    status: switches.error_envelope === 'status_200' ? 200 : trouble.status,
    members: JSON.stringify(flat ? error : { data: error }).slice(1, -1),
  }
}

const fieldErrors = (field: FieldError, switches: Switches): unknown =>
  ({ object: field, array: [field], map: { [field.fieldname]: field.message }, absent: undefined })[switches.field_errors]
