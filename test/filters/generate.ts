import * as fc from 'fast-check'
import { FOLDED, type Kind, type Name, type Node, type Operator } from './model.ts'

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User'

const name = (kind: Kind, ...path: readonly string[]): Name => ({ kind, path, urn: USER })

/** The attributes that filters are made over, each kind of place among them. */
export const names: readonly Name[] = [
  name('text', 'userName'),
  name('text', 'displayName'),
  name('text', 'title'),
  name('text', 'name', 'familyName'),
  name('exact', 'externalId'),
  name('exact', 'profileUrl'),
  name('boolean', 'active'),
  name('text', 'emails'),
  name('text', 'emails', 'value'),
  name('text', 'emails', 'type'),
  name('boolean', 'emails', 'primary'),
  name('text', 'groups', 'value'),
  name('text', 'groups', 'display'),
  name('binary', 'x509Certificates', 'value'),
  name('dateTime', 'meta', 'created'),
  name('dateTime', 'meta', 'lastModified'),
  name('exact', 'meta', 'resourceType'),
  name('raw', 'id'),
  name('exact', 'schemas'),
  { kind: 'text', path: [ENTERPRISE, 'department'] },
  { kind: 'exact', path: [ENTERPRISE, 'manager', 'value'] },
]

/** The lists whose elements are filtered in brackets, with their sub-attributes. */
const lists: readonly (readonly [Name, readonly Name[]])[] = [
  [
    name('text', 'emails'),
    [name('text', 'value'), name('text', 'type'), name('boolean', 'primary'), name('text', 'display')],
  ],
  [name('text', 'groups'), [name('text', 'value'), name('text', 'display'), name('text', 'type')]],
  [name('text', 'phoneNumbers'), [name('text', 'value'), name('text', 'type'), name('boolean', 'primary')]],
]

/** Letters texts are made of: few, so that they meet, and every folded one. */
export const letters: readonly string[] = [
  'a',
  'A',
  'b',
  's',
  'ss',
  'f',
  'i',
  '%',
  '_',
  '"',
  '\\',
  '日',
  '😀',
  ...Object.keys(FOLDED),
  ...Object.values(FOLDED),
]

const OPERATORS: Readonly<Record<Kind, readonly Operator[]>> = {
  text: ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'],
  exact: ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'],
  raw: ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'],
  boolean: ['eq', 'ne'],
  dateTime: ['eq', 'ne', 'gt', 'ge', 'lt', 'le'],
  binary: ['eq', 'ne', 'co', 'sw', 'ew'],
}

/** Short texts over the letters. */
export const shortText = fc
  .array(fc.constantFrom(...letters), { minLength: 1, maxLength: 3 })
  .map((list) => list.join(''))

const foldedLetter = fc.constantFrom(...Object.keys(FOLDED))

/**
 * Takes what values there are at a name; gives filters as trees. Half of the values come out of the resources, whole or
 * in part, so that filters match.
 */
export function filters(valuesOf: (name: Name) => readonly string[]): fc.Arbitrary<Node> {
  const value = (of: Name): fc.Arbitrary<string> => {
    const there = valuesOf(of)
    if (there.length === 0) return fc.oneof(shortText, foldedLetter)
    const whole = fc.constantFrom(...there)
    if (of.kind === 'dateTime') return whole
    const part = fc.tuple(whole, fc.nat(6), fc.nat(6)).map(([text, from, length]) => {
      const all = Array.from(text)
      return all.slice(from % all.length, (from % all.length) + length + 1).join('')
    })
    const other = whole.map((text) => (of.kind === 'text' ? text.toUpperCase() : text))
    return fc.oneof(whole, part, other, shortText, foldedLetter)
  }
  const leaf = (of: Name, full: Name = of): fc.Arbitrary<Node> =>
    fc.oneof(
      { weight: 1, arbitrary: fc.constant<Node>({ is: 'pr', name: of }) },
      {
        weight: 1,
        arbitrary: fc
          .constantFrom<Operator>('eq', 'ne')
          .map((operator): Node => ({ is: 'compare', name: of, operator, value: null })),
      },
      {
        weight: 9,
        arbitrary: fc
          .tuple(fc.constantFrom(...OPERATORS[of.kind]), of.kind === 'boolean' ? fc.boolean() : value(full))
          .map(([operator, wanted]): Node => ({ is: 'compare', name: of, operator, value: wanted })),
      },
    )
  const joined = (inner: fc.Arbitrary<Node>): fc.Arbitrary<Node> =>
    fc.oneof(
      fc.record({ is: fc.constantFrom('and' as const, 'or' as const), left: inner, right: inner }),
      fc.record({ is: fc.constant('not' as const), inner }),
    )
  const element = fc.constantFrom(...lists).chain(([list, subs]) => {
    const sub = fc.constantFrom(...subs).chain((of) => leaf(of, { ...of, path: [...list.path, ...of.path] }))
    return fc
      .oneof({ weight: 2, arbitrary: sub }, { weight: 1, arbitrary: joined(sub) })
      .map((inner): Node => ({ is: 'element', name: list, inner }))
  })
  const simple = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...names).chain((of) => leaf(of)) },
    { weight: 1, arbitrary: element },
  )
  return fc.oneof(
    { weight: 3, arbitrary: simple },
    { weight: 2, arbitrary: joined(simple) },
    { weight: 1, arbitrary: joined(joined(simple)) },
  )
}

/** Takes a filter and a choice of spellings; gives its text. Names and operators are written in any case. */
export function written(node: Node, spell: number): string {
  const word = (text: string) => (spell % 3 === 0 ? text : spell % 3 === 1 ? text.toUpperCase() : mixed(text))
  const nameOf = ({ path, urn }: Name) => {
    const [first = '', ...rest] = path
    const inUrn = first.startsWith('urn:')
    const own = inUrn ? `${first}:${rest.join('.')}` : path.join('.')
    return word(
      !inUrn && urn !== undefined && spell % 5 === 0 && first !== 'meta' && first !== 'id'
        ? `${urn}:${own}`
        : own,
    )
  }
  const of = (inner: Node, inElement: boolean): string => {
    switch (inner.is) {
      case 'and':
      case 'or':
        return `(${of(inner.left, inElement)}) ${word(inner.is)} (${of(inner.right, inElement)})`
      case 'not':
        return `${word('not')}${spell % 2 === 0 ? ' ' : ''}(${of(inner.inner, inElement)})`
      case 'pr':
        return `${inElement ? word(inner.name.path.join('.')) : nameOf(inner.name)} ${word('pr')}`
      case 'compare': {
        const left = inElement ? word(inner.name.path.join('.')) : nameOf(inner.name)
        return `${left} ${word(inner.operator)} ${literal(inner.value, spell)}`
      }
      case 'element':
        return `${nameOf(inner.name)}[${of(inner.inner, true)}]`
    }
  }
  return of(node, false)
}

const mixed = (text: string) =>
  Array.from(text, (letter, index) => (index % 2 === 0 ? letter.toUpperCase() : letter)).join('')

/** A value in JSON, now and then with escapes that need not be. */
function literal(value: string | boolean | null, spell: number): string {
  const json = JSON.stringify(value)
  if (typeof value !== 'string' || spell % 4 !== 0) return json
  return `"${Array.from({ length: value.length }, (_, at) => `\\u${value.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`
}
