// The provider's OpenAPI document (3.1, that is JSON Schema 2020-12) with a short list of corrections, each with its reason, and the
// validators made of it. Objects are closed: a key that neither the document nor a correction knows is an error, here though not in life.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'

type Json = { [key: string]: unknown }
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value at a path of keys; throws where there is none, so that a changed document is noticed. */
const at = (value: unknown, ...path: ReadonlyArray<string>): Json => {
  let found = value
  for (const key of path) found = isObject(found) ? found[key] : undefined
  if (!isObject(found)) throw new Error(`the document has nothing at ${path.join(' > ')}`)
  return found
}

/** The document as published. */
export const published = (): Json =>
  at({ document: parse(readFileSync(join(import.meta.dirname, 'smtp2go-openapi.yml'), 'utf8')) }, 'document')

/** An operation of the document. */
export type Operation = { readonly method: 'post' | 'patch'; readonly path: string }

/** Every operation that the document describes. */
export const OPERATIONS: ReadonlyArray<Operation> = [
  { method: 'post', path: '/users/smtp/view' },
  { method: 'post', path: '/users/smtp/add' },
  { method: 'post', path: '/users/smtp/edit' },
  { method: 'patch', path: '/users/smtp/edit' },
  { method: 'post', path: '/users/smtp/remove' },
  { method: 'post', path: '/subaccounts/search' },
  { method: 'post', path: '/dedicated_ips/view' },
  { method: 'post', path: '/api_keys/permissions' },
]
/** How an operation is called in test titles. */
export const named = ({ method, path }: Operation): string => `${method.toUpperCase()} ${path}`

const operationIn = (document: Json, { method, path }: Operation): Json => at(document, 'paths', path, method)
const contentOf = (document: Json, operation: Operation, status: string): Json =>
  at(operationIn(document, operation), 'responses', status, 'content', 'application/json')
const userIn = (document: Json, path: string): Json =>
  at(
    contentOf(document, { method: 'post', path }, '200'),
    'schema',
    'properties',
    'data',
    'properties',
    'results',
    'items',
    'properties',
  )
const USER_ANSWERS = ['/users/smtp/view', '/users/smtp/add', '/users/smtp/edit', '/users/smtp/remove']

/** The properties that the document gives users of answers, each as its schema. */
export const userProperties = (): Json =>
  Object.fromEntries(USER_ANSWERS.flatMap((path) => Object.entries(userIn(published(), path))))

const PATCH: Operation = { method: 'patch', path: '/users/smtp/edit' }
const PERMISSIONS: Operation = { method: 'post', path: '/api_keys/permissions' }

type Correction = { readonly of: string; readonly because: string; readonly make: (document: Json) => void }

const unwrapped = (operation: Operation) => (document: Json) => {
  const data = at(contentOf(document, operation, '200'), 'schema', 'properties', 'data')
  data.items = at(data, 'items', 'properties').data
}

/** What the document gets wrong about itself. */
export const CORRECTIONS: ReadonlyArray<Correction> = [
  {
    of: 'PATCH /users/smtp/edit, answer',
    because: 'the schema wraps each user as { request_id, data }, its example and clients show a bare array of users',
    make: unwrapped(PATCH),
  },
  {
    of: 'POST /api_keys/permissions, answer',
    because: 'the schema wraps each path as { request_id, data: [path] }, its example and clients show a bare array of paths',
    make: (document) => {
      unwrapped(PERMISSIONS)(document)
      const data = at(contentOf(document, PERMISSIONS, '200'), 'schema', 'properties', 'data')
      data.items = at(data, 'items').items
      at(contentOf(document, PERMISSIONS, '200'), 'schema', 'properties', 'request_id').type = 'string'
    },
  },
  {
    of: 'status of view, add, full edit and remove',
    because: 'it stands in every example and in no schema but that of PATCH',
    make: (document) => {
      for (const path of USER_ANSWERS) userIn(document, path).status = { enum: ['allowed', 'blocked', 'sandbox'] }
    },
  },
  {
    of: 'default_ratelimit_value and default_ratelimit_period of view',
    because: 'the example has them once beside results, as a number and a text; the schema has them in each user',
    make: (document) => {
      const data = at(
        contentOf(document, { method: 'post', path: '/users/smtp/view' }, '200'),
        'schema',
        'properties',
        'data',
        'properties',
      )
      data.default_ratelimit_value = { type: 'integer' }
      data.default_ratelimit_period = { type: 'string' }
    },
  },
  {
    of: 'id and dedicated_ip of subaccounts/search',
    because: 'they stand in the example and not in the schema; without id a subaccount could not be addressed',
    make: (document) => {
      const content = contentOf(document, { method: 'post', path: '/subaccounts/search' }, '200')
      const item = at(content, 'schema', 'properties', 'data', 'properties', 'subaccounts', 'items', 'properties')
      item.id = { type: 'string' }
      item.dedicated_ip = { type: 'boolean' }
    },
  },
  {
    of: 'field_validation_errors of every refusal',
    because: 'the page "Response codes" shows { fieldname, message }; the schema of status 400 has only error and error_code',
    make: (document) => {
      for (const operation of OPERATIONS)
        at(contentOf(document, operation, '400'), 'schema', 'properties', 'data', 'properties').field_validation_errors = {
          type: 'object',
          required: ['fieldname', 'message'],
          properties: { fieldname: { type: 'string' }, message: { type: 'string' } },
        }
    },
  },
]

// `nullable` is a word of OpenAPI 3.0: in 3.1 it means nothing, though the examples show that null is meant.
// An object schema without properties says nothing of its keys, any other one is closed.
const strict = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(strict)
  if (!isObject(value)) return value
  const { nullable, ...rest } = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, strict(one)]))
  const typed = nullable === true && typeof rest.type === 'string' ? { ...rest, type: [rest.type, 'null'] } : rest
  return isObject(typed.properties) && typed.type === 'object' ? { ...typed, additionalProperties: false } : typed
}

/** Says what is wrong with a value; `undefined` where nothing is. */
export type Validator = (value: unknown) => string | undefined

const compiled = new Map<string, Validator>()

// Most schemas of two corrected documents are the same, and compiling is slow.
const validator = (schema: unknown): Validator => {
  const text = JSON.stringify(schema)
  const made = compiled.get(text) ?? compile(schema)
  compiled.set(text, made)
  return made
}

const compile = (schema: unknown): Validator => {
  const checked = strict(schema)
  if (!isObject(checked)) throw new Error('this is no schema')
  // Not strict: the document's own `example` and `format: int32` are no words of JSON Schema.
  const validate = new Ajv2020({ strict: false, allErrors: true, validateFormats: false }).compile(checked)
  return (value) =>
    validate(value)
      ? undefined
      : JSON.stringify(validate.errors?.map(({ instancePath, message, params }) => [instancePath, message, params]))
}

/** The validators of one operation: its request, its answer, its refusal. */
export const validatorsOf = (document: Json, operation: Operation) => {
  const { requestBody } = operationIn(document, operation)
  return {
    request: validator(
      requestBody === undefined ? { type: 'object', properties: {} } : at(requestBody, 'content', 'application/json', 'schema'),
    ),
    answer: validator(contentOf(document, operation, '200').schema),
    refusal: validator(contentOf(document, operation, '400').schema),
  }
}

/** The document with its corrections. */
export const corrected = (but?: Correction): Json => {
  const document = structuredClone(published())
  for (const correction of CORRECTIONS) if (correction !== but) correction.make(document)
  return document
}

/** The example that the document gives for an answer. */
export const exampleOf = (operation: Operation, status: '200' | '400'): Json =>
  at(contentOf(published(), operation, status), 'examples', 'Result', 'value')
