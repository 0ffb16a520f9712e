import { foldCase } from '../../scim/fold.ts'
import { isJsonObject, isList, isUnassigned, type Json, type JsonObject } from '../../scim/json.ts'

/**
 * Takes a name and two values of the attribute; says whether they mean the same: lists in any order (RFC 7643 §2.4), what
 * is unassigned like what is not there (§2.5), booleans and numbers as text too, and without regard to case what no
 * service tells apart by case.
 */
export function same(name: string, a: Json | undefined, b: Json | undefined): boolean {
  if (blank(name, a) || blank(name, b)) return blank(name, a) && blank(name, b)
  if (isList(a) || isList(b)) return isList(a) && isList(b) && sameSet(name, a, b)
  if (isJsonObject(a) || isJsonObject(b)) return isJsonObject(a) && isJsonObject(b) && sameObject(name, a, b)
  return textOf(name, a) === textOf(name, b)
}

/** `primary` that is false is as good as none. An object of nothing is nothing. */
function blank(name: string, value: Json | undefined): boolean {
  if (isUnassigned(value) || value === undefined) return true
  if (name.endsWith('.primary') && textOf(name, value) === 'false') return true
  return isJsonObject(value) && Object.entries(value).every(([sub, each]) => blank(`${name}.${sub}`, each))
}

function sameObject(name: string, a: JsonObject, b: JsonObject): boolean {
  const subs = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...subs].every((sub) => same(`${name}.${sub}`, a[sub], b[sub]))
}

function sameSet(name: string, a: readonly Json[], b: readonly Json[]): boolean {
  const within = (some: readonly Json[], all: readonly Json[]) =>
    some.every((each) => all.some((other) => same(name, each, other)))
  return within(a, b) && within(b, a)
}

/** Names to sign in with, addresses of e-mail, and the kinds of values (RFC 7643 §4.1: none is case-exact). */
const folded = /^userName$|^emails\.value$|\.type$/

function textOf(name: string, value: Json | undefined): string {
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'string' && /^(true|false)$/i.test(value)) return value.toLowerCase()
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string') return JSON.stringify(value)
  return folded.test(name) ? foldCase(value) : value
}
