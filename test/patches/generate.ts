import * as fc from 'fast-check'

export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

/** An operation of a PATCH as a client writes it. */
export type Operation = { readonly op: string; readonly path?: string; readonly value?: unknown }

const text = fc.constantFrom('a', 'B', 'ß', 'É', 'x y', '"', '日')
const nothing = fc.constantFrom(null, '', [])
const wrong = fc.constantFrom({ x: 1 }, 7, 'maybe', [['x']], true)
const some = { requiredKeys: [] }
const name = fc.record({ givenName: text, familyName: text, formatted: text }, some)
const manager = fc.record({ value: text, $ref: fc.constant('https://x.test/1'), displayName: text }, some)
const email = fc.record(
  { value: text, type: fc.constantFrom('work', 'home'), primary: fc.boolean() },
  { requiredKeys: ['value'] },
)
const emails = fc.array(email, { maxLength: 3 })
const extension = fc.record({ department: text, division: text, manager }, some)

/** The attributes that are changed, with their values. */
const values: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  displayName: text,
  title: text,
  active: fc.boolean(),
  profileUrl: text,
  name,
  'name.givenName': text,
  'NAME.familyName': text,
  emails,
  externalId: text,
  [ENTERPRISE]: extension,
  [`${ENTERPRISE}:department`]: text,
  [`${ENTERPRISE}:manager`]: manager,
  [`${ENTERPRISE}:manager.value`]: text,
}

/** Their paths. */
export const paths: readonly string[] = Object.keys(values)

const valueAt = (path: string) =>
  fc.oneof(
    { weight: 40, arbitrary: values[path] ?? text },
    { weight: 8, arbitrary: nothing },
    { weight: 1, arbitrary: wrong },
  )

/** Operations that become SQL. Adding to a list is none: it depends on what is in it. */
export const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.constantFrom(...paths).chain((path) =>
    fc.record({
      op: path === 'emails' ? fc.constant('replace') : fc.constantFrom('add', 'replace'),
      path: fc.constant(path),
      value: valueAt(path),
    }),
  ),
  fc.constantFrom(...paths).map((path) => ({ op: 'remove', path })),
  fc.record({
    op: fc.constant('replace'),
    value: fc.record(Object.fromEntries(paths.map((path) => [path, valueAt(path)])), some),
  }),
)

/** People, without a name of their own. */
export const document: fc.Arbitrary<object> = fc.record(
  { displayName: text, title: text, active: fc.boolean(), name, emails, [ENTERPRISE]: extension },
  some,
)

/** Takes operations and a mark; gives them with the mark in each externalId, which no two people share. */
export function marked(operations: readonly Operation[], mark: string): readonly Operation[] {
  const own = (value: unknown) =>
    (typeof value === 'string' && value !== '') || typeof value === 'number' ? `${mark}${value}` : value
  return operations.map((step) => {
    if (step.path === 'externalId') return 'value' in step ? { ...step, value: own(step.value) } : step
    if (step.path !== undefined) return step
    const bag = entriesOf(step.value).map(
      ([path, value]) => [path, path === 'externalId' ? own(value) : value] as const,
    )
    return { ...step, value: Object.fromEntries(bag) }
  })
}

/** Takes an operation; gives the paths it speaks of. */
export function pathsIn({ path, value }: Operation): readonly string[] {
  return path === undefined ? entriesOf(value).map(([key]) => key) : [path]
}

const entriesOf = (value: unknown): readonly (readonly [string, unknown])[] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : []
