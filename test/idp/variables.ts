/**
 * What a step may take from the steps before it, in its path, headers, body and expected values:
 *
 *     "{{anna}}"                                  the saved value itself, of whatever type
 *     "Users/{{anna}}"                            the saved value as text
 *     "{{anna.n}}"                                of the values a repeated step saved, the one the counter is at
 *     { "$each": 3, "of": { "value": "{{n}}" } }  an array of three, `{{n}}` counting from 1
 *     { "$merge": ["{{anna}}", { "active": false }] }   one object, later keys over earlier ones
 *
 * Always there: `{{run}}`, new for each replay; `{{token}}`; `{{base}}`, the URL that paths are below.
 */
export type Variables = ReadonlyMap<string, unknown>

/** Fills the variables into a value of a file; throws where one is missing. */
export function fill(value: unknown, variables: Variables): unknown {
  if (typeof value === 'string') return fillText(value, variables)
  if (Array.isArray(value)) return value.map((item) => fill(item, variables))
  if (!isObject(value)) return value
  if ('$each' in value) {
    const numbers = Array.from({ length: Number(value['$each']) }, (_, index) => index + 1)
    return numbers.map((n) => fill(value['of'], new Map([...variables, ['n', n]])))
  }
  if (Array.isArray(value['$merge'])) {
    const parts: unknown[] = value['$merge'].map((part) => fill(part, variables))
    if (!parts.every(isObject)) throw new Error('$merge takes objects')
    return Object.assign({}, ...parts)
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, variables)]))
}

/** Finds what a JSON pointer (RFC 6901) names, or undefined. The empty pointer names the whole. */
export function at(document: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((found, part) => {
      if (Array.isArray(found)) return found[Number(part)]
      return isObject(found) && Object.hasOwn(found, part) ? found[part] : undefined
    }, document)
}

/** Says whether a JSON value is an object, so neither an array nor null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fillText(text: string, variables: Variables): unknown {
  const whole = /^\{\{([\w.]+)\}\}$/.exec(text)?.[1]
  if (whole !== undefined) return look(whole, variables)
  return text.replace(/\{\{([\w.]+)\}\}/g, (_, name: string) => String(look(name, variables)))
}

function look(name: string, variables: Variables): unknown {
  const key = name.endsWith('.n') ? `${name.slice(0, -1)}${String(variables.get('n'))}` : name
  if (variables.has(key)) return variables.get(key)
  throw new Error(`nothing is saved as {{${key}}}`)
}
