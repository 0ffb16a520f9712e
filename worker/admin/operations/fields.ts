import * as v from 'valibot'

/** Takes a schema; gives one that takes nothing as well: a field that is not there, or that a form has left empty. */
export const optional = <S extends v.GenericSchema>(schema: S) => v.optional(v.union([EMPTY, schema]))

const EMPTY = v.pipe(
  v.literal(''),
  v.transform(() => undefined),
)

/** Fields that several operations have. */
export const fields = {
  /** An id, or a userName or displayName. */
  person: optional(v.pipe(v.string(), v.trim(), v.maxLength(256, 'expected at most 256 characters'))),
  /** Where the page before ended. */
  before: optional(
    v.pipe(
      v.string(),
      v.regex(/^[\dT:.Z-]{20,30} [\w-]{1,64}$/, 'expected what the page before gave'),
      v.transform((text) => ({ at: text.split(' ')[0] ?? '', request: text.split(' ')[1] ?? '' })),
    ),
  ),
  /** Why something is done that is not taken back by itself. */
  reason: v.pipe(
    v.string(),
    v.trim(),
    v.minLength(3, 'expected a reason: it stands in the record'),
    v.maxLength(500, 'expected at most 500 characters'),
  ),
}
