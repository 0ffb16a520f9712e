/**
 * What an answer must hold. An object names the keys that must match and says nothing of others; an array names
 * all items in their order; anything else must be the same. Instead of a value there may be a matcher:
 *
 *     { "$type": "number" }           of that type (string, number, boolean)
 *     { "$nonEmpty": true }           a string or array that is not empty
 *     { "$contains": [a, b] }         an array with an item like a and one like b
 *     { "$unordered": [a, b] }        an array of just these, in any order
 *     { "$matches": "^W/" }           a string in which this regular expression is found
 *     { "$not": a }                   anything that a does not match
 *     { "$nowhere": a }               anything that holds nothing like a, however deep
 */
import { isObject } from './variables.ts'

/** Says where an answer is not what was expected, one line each; nothing if it is. */
export function differences(expected: unknown, actual: unknown, where = ''): string[] {
  const no = (what = JSON.stringify(expected)): string[] => [
    `${where || '/'}: expected ${what}, got ${show(actual)}`,
  ]
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return no('an array')
    if (actual.length !== expected.length) return no(`${expected.length} items`)
    return expected.flatMap((item: unknown, index) => differences(item, actual[index], `${where}/${index}`))
  }
  if (!isObject(expected)) return expected === actual ? [] : no()
  const [key, argument] = Object.entries(expected)[0] ?? []
  if (key?.startsWith('$') && key !== '$ref') return matches(key, argument, actual) ? [] : no()
  if (!isObject(actual)) return no('an object')
  return Object.entries(expected).flatMap(([name, value]) =>
    differences(value, actual[name], `${where}/${name}`),
  )
}

function matches(matcher: string, argument: unknown, actual: unknown): boolean {
  const items: unknown[] = Array.isArray(actual) ? actual : []
  const wanted: unknown[] = Array.isArray(argument) ? argument : []
  switch (matcher) {
    case '$type':
      return typeof actual === argument
    case '$nonEmpty':
      return typeof actual === 'string' ? actual.trim() !== '' : items.length > 0
    case '$contains':
      return wanted.every((one) => items.some((item) => like(one, item)))
    case '$unordered':
      return items.length === wanted.length && pairUp(wanted, items)
    case '$matches':
      return typeof actual === 'string' && new RegExp(String(argument)).test(actual)
    case '$not':
      return !like(argument, actual)
    case '$nowhere':
      return !isWithin(argument, actual)
    default:
      throw new Error(`there is no matcher ${matcher}`)
  }
}

/** Gives each wanted one the first item like it that is still free: enough where no two wanted ones overlap. */
function pairUp(wanted: unknown[], items: unknown[]): boolean {
  const free = [...items]
  return wanted.every((one) => {
    const index = free.findIndex((item) => like(one, item))
    return index >= 0 && free.splice(index, 1).length === 1
  })
}

function like(expected: unknown, value: unknown): boolean {
  return differences(expected, value).length === 0
}

function isWithin(expected: unknown, value: unknown): boolean {
  if (like(expected, value)) return true
  const inner: unknown[] = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []
  return inner.some((one) => isWithin(expected, one))
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
