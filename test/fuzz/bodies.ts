import * as fc from 'fast-check'

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User'
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'
const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'
const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest'

/** Texts that break what is careless: of SQL, of JSON, of JavaScript, of HTTP, and of Unicode. */
const nasty = fc.constantFrom(
  '__proto__',
  'constructor',
  'toString',
  '\0',
  '\ud800',
  '\udfff x',
  "' OR 1=1 --",
  '"); DROP TABLE resources; --',
  '${x}',
  '%',
  '\u202e',
  '💥'.repeat(200),
  'x'.repeat(2_000),
  '..',
  '[[[[',
  'bulkId:a',
  '9'.repeat(400),
  '-1',
  'NaN',
)
export const word = fc.oneof(nasty, fc.string({ maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 6 }))

const names = [
  ...'schemas id userName displayName active emails name members meta externalId password groups'.split(' '),
  ...'Operations op path value type primary $ref filter count cursor method data bulkId'.split(' '),
  ENTERPRISE,
  'manager',
  '__proto__',
]
const key = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: word })

const scalar = fc.oneof(
  word,
  fc.boolean(),
  fc.constant(null),
  fc.integer(),
  fc.double(),
  fc.constantFrom(USER, PATCH_OP, BULK, SEARCH, 1e308, -0),
)

/** Any JSON, with names that mean something here. */
const json: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { weight: 3, arbitrary: scalar },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
    {
      weight: 2,
      arbitrary: fc
        .array(fc.tuple(key, tie('value')), { maxLength: 5 })
        .map((list) => Object.fromEntries(list)),
    },
  ),
})).value

const plain = fc.oneof(fc.constantFrom('a', 'É', '日 x'), fc.string({ minLength: 1, maxLength: 8 }))
const emails = fc.array(fc.record({ value: plain, type: fc.constantFrom('work', 'home') }), { maxLength: 3 })
const members = fc.array(fc.record({ value: fc.oneof(fc.constantFrom('@0', '@1'), word) }), { maxLength: 3 })

/** What fits the attributes that are sent, by their paths. */
const fitting: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  userName: plain,
  displayName: plain,
  active: fc.boolean(),
  emails,
  members,
  name: fc.record({ givenName: plain, familyName: plain }),
  'name.givenName': plain,
  externalId: fc.string({ minLength: 4, maxLength: 8 }),
  [ENTERPRISE]: fc.record({ department: plain }),
  [`${ENTERPRISE}:manager`]: fc.record({ value: plain }),
  'emails[type eq "work"].value': plain,
  'members[value eq "x"]': fc.constant(undefined),
}
/** Mostly what fits, now and then anything. */
const valueOf = (path: string) =>
  fc.oneof({ weight: 8, arbitrary: fitting[path] ?? json }, { weight: 1, arbitrary: json })
const fields = (...paths: readonly string[]) =>
  Object.fromEntries(paths.map((path) => [path, valueOf(path)] as const))

const strange = fc.oneof(
  word,
  fc
    .tuple(fc.constantFrom('emails', 'members', 'name', 'meta'), word, word)
    .map(([list, filter, sub]) => `${list}[${filter}].${sub}`),
)
const op = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('add', 'remove', 'replace') },
  { weight: 1, arbitrary: word },
)
const operationOn = (...paths: readonly string[]) =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .constantFrom(...paths)
        .chain((path) => fc.record({ op, path: fc.constant(path), value: valueOf(path) })),
    },
    { weight: 1, arbitrary: fc.record({ op, path: strange, value: json }, { requiredKeys: [] }) },
  )

export const filter = fc.oneof(
  word,
  fc
    .tuple(
      fc.constantFrom('userName', 'emails.value', 'meta.created', 'active', 'emails[type eq "work"]', 'x'),
      fc.constantFrom('eq', 'co', 'gt', 'xx'),
      fc.oneof(
        word.map((value) => JSON.stringify(value)),
        word,
      ),
    )
    .map((parts) => parts.join(' ')),
  fc
    .tuple(fc.constantFrom('not (', '((', 'userName pr and ', 'emails['), word)
    .map((parts) => parts.join('')),
)

const person = fc.record(
  {
    schemas: fc.constant([USER]),
    userName: valueOf('userName'),
    ...fields('displayName', 'active', 'emails', 'name', 'externalId', ENTERPRISE),
  },
  { requiredKeys: ['schemas', 'userName'] },
)
const group = fc.record(
  { displayName: valueOf('displayName'), ...fields('members', 'externalId') },
  { requiredKeys: ['displayName'] },
)
const patchOf = (operation: fc.Arbitrary<unknown>) =>
  fc.record({
    schemas: fc.constant([PATCH_OP]),
    Operations: fc.array(operation, { minLength: 1, maxLength: 4 }),
  })
const patch = patchOf(operationOn(...Object.keys(fitting)))
const groupPatch = patchOf(operationOn('displayName', 'members', 'externalId'))
const search = fc.record(
  {
    schemas: fc.constant([SEARCH]),
    filter,
    count: fc.oneof(fc.integer(), json),
    startIndex: fc.oneof(fc.integer(), json),
    cursor: word,
    attributes: fc.oneof(fc.subarray(['userName', 'emails']), json),
    sortBy: fc.oneof(fc.constant('userName'), word),
  },
  { requiredKeys: ['schemas'] },
)
const inBulk = fc.record(
  {
    method: fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE', 'GET'),
    path: fc.constantFrom('/Users', '/Groups', '/Users/bulkId:a', '/Me', '/../x'),
    bulkId: fc.constantFrom('a', 'b', '__proto__'),
    data: fc.oneof(person, group, patch, json),
  },
  { requiredKeys: [] },
)
const bulk = fc.record(
  {
    schemas: fc.constant([BULK]),
    failOnErrors: fc.oneof(fc.constantFrom(1, 2), json),
    Operations: fc.oneof({ weight: 4, arbitrary: fc.array(inBulk, { maxLength: 4 }) }, json),
  },
  { requiredKeys: ['schemas', 'Operations'] },
)

const broken = fc.constantFrom(
  '{',
  'null',
  '[',
  '{"userName":',
  '"\\ud800"',
  '{"a":1e999}',
  '{"__proto__":{"userName":"x"}}',
  '['.repeat(5_000),
  `${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}`,
)
const written = (value: fc.Arbitrary<unknown>) => value.map((body) => JSON.stringify(body))

const mostly = (body: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 12, arbitrary: written(body) }, { weight: 1, arbitrary: written(json) }, broken)

/** Bodies by what they are for: each mostly of its kind, and now and then anything, or broken. */
export const bodies = {
  person: mostly(person),
  group: mostly(group),
  patch: mostly(patch),
  groupPatch: mostly(groupPatch),
  search: mostly(search),
  bulk: mostly(bulk),
  any: mostly(fc.oneof(person, group, patch, search, bulk)),
}
