// Shapes: the few words in which the JSON Schemas of the documents are written.

export type Schema = { readonly [word: string]: unknown }

export const text: Schema = { type: 'string' }
export const count: Schema = { type: 'integer', minimum: 0 }
export const digest: Schema = { type: ['string', 'null'], pattern: '^sha256:[0-9a-f]{64}$' }
export const value: Schema = { type: ['string', 'number', 'boolean', 'null'] }
export const list = (items: Schema): Schema => ({ type: 'array', items })
/** An object; every property is required unless told. */
export const object = (properties: Schema, required = Object.keys(properties)): Schema => ({
  type: 'object',
  properties,
  required,
})
export const oneOf = (...words: ReadonlyArray<string>): Schema => ({ enum: words })
/** The same, or null. */
export const orNull = (shape: Schema): Schema => ({ anyOf: [shape, { type: 'null' }] })
