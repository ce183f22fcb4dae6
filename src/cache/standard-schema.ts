import type { StandardSchemaV1 } from '@standard-schema/spec'
import { CacheError, optionError } from '../errors.ts'
import type { Storable } from './backend.ts'

/**
 * What a value must look like: a schema of any library that speaks Standard Schema, such as Zod,
 * Valibot or ArkType. It takes `Input` and puts out `Output`.
 */
export type Schema<Output = unknown, Input = unknown> = StandardSchemaV1<Input, Output>

// The first ones tell what is wrong; a list of a thousand rows would tell it a thousand times.
const SHOWN_ISSUES = 3

/** Returns `schema`, or throws `ERR_OPTION_INVALID` for what is none. */
export function checkSchema<Value>(schema: Schema<Value>): Schema<Value> {
  const isObject = typeof schema === 'object' || typeof schema === 'function'
  if (isObject && typeof schema?.['~standard']?.validate === 'function') return schema
  throw optionError('schema', schema, 'a Standard Schema, such as one of Zod, Valibot or ArkType')
}

/**
 * Returns what `schema` makes of a value that was cached, or `undefined` where it does not fit. A
 * schema that throws says that it does not fit: it may have been written for newer values.
 */
export async function readBySchema<Value>(
  schema: Schema<Value>,
  value: Storable,
): Promise<{ readonly value: Value } | undefined> {
  try {
    const judgement = await schema['~standard'].validate(value)
    return judgement.issues === undefined ? judgement : undefined
  } catch {
    return undefined
  }
}

/** Throws `ERR_VALUE_INVALID` for a value that the cache is given and `schema` would not give back. */
export async function checkBySchema<Value>(
  schema: Schema<Value>,
  value: Storable,
  origin: string,
): Promise<Value> {
  const judgement = await schema['~standard'].validate(value)
  if (judgement.issues === undefined) return judgement.value
  throw new CacheError(
    'ERR_VALUE_INVALID',
    `${origin} does not fit its schema${placesOf(judgement.issues)}: \`cause\` has the schema's own words.`,
    { cause: judgement.issues },
  )
}

/** Only where: what libraries say of a value may quote it, and it may be a secret. */
function placesOf(issues: readonly StandardSchemaV1.Issue[]): string {
  const paths = issues.slice(0, SHOWN_ISSUES).map(({ path = [] }) => {
    return path.map((step) => String(typeof step === 'object' ? step.key : step)).join('.')
  })
  const places = [...new Set(paths)].filter((path) => path !== '').map((path) => `\`${path}\``)
  return places.length === 0 ? '' : ` at ${places.join(', ')}`
}
