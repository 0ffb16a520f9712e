import type { Literal, Operator } from '../scim/filter.ts'
import { foldValue } from '../scim/fold.ts'
import { commonAttributes, type Attribute } from '../scim/schema.ts'
import { sql, type SQL } from './database.ts'

/** Where a value stands: its expression, and whether it is a column that has an index. */
export type Place = { readonly value: SQL; readonly indexed?: boolean }

/**
 * Takes where a value stands, its attribute, an operator and what it is compared with; gives the condition. Text is
 * compared folded and by code point, and never by LIKE: nothing in it is a pattern. Of what is not there only `ne` holds.
 */
export function compareSql(place: Place, attr: Attribute, operator: Operator, literal: Literal): SQL {
  const { value } = place
  if (typeof literal === 'boolean') {
    const has = attr.name === 'primary' ? sql`coalesce(${value}, 0)` : value
    return opposite(operator, sql`${has} = ${literal ? 1 : 0}`)
  }
  // An id is matched as it is: it may come from elsewhere, in any form of Unicode.
  const isId = attr.name === 'id' && commonAttributes.includes(attr)
  const wanted = isId || literal === null ? literal : plain(foldValue(attr, literal))
  if (operator === 'eq' || operator === 'ne') return opposite(operator, sql`${value} = ${wanted}`)
  if (operator === 'co' || operator === 'sw' || operator === 'ew') {
    return partSql(place, operator, String(wanted))
  }
  return sql`${value} ${sql.raw(ORDER[operator])} ${wanted}`
}

const ORDER = { gt: '>', ge: '>=', lt: '<', le: '<=' } as const

const opposite = (operator: Operator, equal: SQL): SQL =>
  operator === 'ne' ? sql`(${equal}) IS NOT TRUE` : equal

const plain = (value: unknown): string | number =>
  typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value)

function partSql({ value, indexed = false }: Place, operator: 'co' | 'sw' | 'ew', part: string): SQL {
  // Every text has nothing in it.
  if (part === '') return sql`${value} IS NOT NULL`
  if (operator === 'co') return sql`instr(${value}, ${part}) > 0`
  if (operator === 'ew') return sql`substr(${value}, -length(${part})) = ${part}`
  if (!indexed) return sql`substr(${value}, 1, length(${part})) = ${part}`
  const end = following(part)
  return end === undefined ? sql`${value} >= ${part}` : sql`(${value} >= ${part} AND ${value} < ${end})`
}

/** The first text, by code point, behind all that begin with a text; undefined where there is none. */
export function following(text: string): string | undefined {
  const letters = Array.from(text)
  const at = letters.findLastIndex((letter) => letter !== '\u{10ffff}')
  const code = letters[at]?.codePointAt(0)
  if (code === undefined) return undefined
  // No text holds a surrogate by itself.
  const next = code + 1 >= 0xd800 && code + 1 <= 0xdfff ? 0xe000 : code + 1
  return letters.slice(0, at).join('') + String.fromCodePoint(next)
}
