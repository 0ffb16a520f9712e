/**
 * A second, simple reading of RFC 7644 §3.4.2.2 over plain objects, as the bridge shows them. It shares nothing with the
 * worker: no parser, no schema, no folding. The tests hold the SQL to it.
 */

/** How values of an attribute are compared: `raw` are ids, which are matched as they are, in any form of Unicode. */
export type Kind = 'text' | 'exact' | 'raw' | 'boolean' | 'dateTime' | 'binary'

/** An attribute a filter may name: where its values stand in a resource, and how they are compared. */
export type Name = { readonly path: readonly string[]; readonly kind: Kind; readonly urn?: string }

export type Operator = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le'

export type Node =
  | { readonly is: 'and' | 'or'; readonly left: Node; readonly right: Node }
  | { readonly is: 'not'; readonly inner: Node }
  | { readonly is: 'pr'; readonly name: Name }
  | {
      readonly is: 'compare'
      readonly name: Name
      readonly operator: Operator
      readonly value: string | boolean | null
    }
  | { readonly is: 'element'; readonly name: Name; readonly inner: Node }

/** Letters that are one without regard to case, beyond ASCII: each with what it is compared as. */
export const FOLDED: Readonly<Record<string, string>> = {
  Ä: 'ä',
  É: 'é',
  'e\u0301': 'é',
  ß: 'ss',
  ẞ: 'ss',
  Σ: 'σ',
  ς: 'σ',
  Ж: 'ж',
  ﬁ: 'fi',
  Ａ: 'a',
}

/** Takes a text; gives it as it is compared without regard to case. */
export function folded(text: string): string {
  return Array.from(
    text.replaceAll(/e\u0301/gi, 'é'),
    (letter) => FOLDED[letter] ?? letter.toLowerCase(),
  ).join('')
}

/** Takes a filter and a resource; says whether it matches. */
export function holds(node: Node, resource: unknown): boolean {
  switch (node.is) {
    case 'and':
      return holds(node.left, resource) && holds(node.right, resource)
    case 'or':
      return holds(node.left, resource) || holds(node.right, resource)
    case 'not':
      return !holds(node.inner, resource)
    case 'pr':
      return valuesAt(resource, node.name.path).some(isSomething)
    case 'element':
      return valuesAt(resource, node.name.path).some((one) => one !== undefined && holds(node.inner, one))
    case 'compare':
      return compares(node, resource)
  }
}

function compares(node: Node & { readonly is: 'compare' }, resource: unknown): boolean {
  const { name, operator, value } = node
  const present = valuesAt(resource, name.path).some(isSomething)
  if (value === null) return operator === 'eq' ? !present : present
  if (operator === 'ne') return !compares({ ...node, operator: 'eq' }, resource)
  const found =
    name.path.at(-1) === 'primary'
      ? // An element without `primary` is not the primary one.
        valuesAt(resource, name.path.slice(0, -1))
          .filter(isObject)
          .map((element) => element['primary'] ?? false)
      : valuesAt(resource, name.path).map(aboutOf)
  return found.filter((one) => one !== undefined).some((one) => test(name.kind, operator, one, value))
}

/** Of an object its `value` is compared. */
const aboutOf = (one: unknown): unknown => (isObject(one) ? one['value'] : one)

function test(kind: Kind, operator: Operator, has: unknown, wanted: string | boolean): boolean {
  if (kind === 'boolean') return has === wanted
  if (typeof has !== 'string' || typeof wanted !== 'string') return false
  if (kind === 'dateTime') return ordered(operator, Date.parse(has) - Date.parse(wanted))
  const form = kind === 'text' ? folded : (text: string) => (kind === 'raw' ? text : text.normalize('NFC'))
  const [a, b] = [form(has), form(wanted)]
  if (operator === 'co') return a.includes(b)
  if (operator === 'sw') return a.startsWith(b)
  if (operator === 'ew') return a.endsWith(b)
  return ordered(operator, Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

function ordered(operator: Operator, order: number): boolean {
  switch (operator) {
    case 'eq':
      return order === 0
    case 'gt':
      return order > 0
    case 'ge':
      return order >= 0
    case 'lt':
      return order < 0
    case 'le':
      return order <= 0
    case 'ne':
    case 'co':
    case 'sw':
    case 'ew':
      return false
  }
}

/** All values at a path; a list on the way stands for each of its elements. */
function valuesAt(from: unknown, path: readonly string[]): readonly unknown[] {
  if (Array.isArray(from)) return from.flatMap((one: unknown) => valuesAt(one, path))
  const [first, ...rest] = path
  if (first === undefined) return [from]
  return isObject(from) ? valuesAt(from[first], rest) : [undefined]
}

function isSomething(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isSomething)
  if (isObject(value)) return Object.values(value).some(isSomething)
  return value !== undefined && value !== null && value !== ''
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
