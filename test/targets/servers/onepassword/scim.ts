import { addPerson, newId, personOf, splitName, type Account, type Group, type Person } from './account.ts'
import { CONFIG, RESOURCE_TYPES, SCHEMAS, shownGroup, shownPerson } from './scimShown.ts'
import type { Answered, Asked } from './exchange.ts'

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const error = (status: number, detail: string, scimType?: string): Answered => ({
  status,
  body: {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(status),
    ...(scimType === undefined ? {} : { scimType }),
    detail,
  },
})

/**
 * Answers as 1Password's SCIM endpoint was recorded to (github.com/NangoHQ/integration-templates,
 * integrations/1password-scim/tests). What was not recorded, errors above all, is as RFC 7644 has it. Below /scim and
 * /scim/v2 it is the same.
 */
export function answerScim(account: Account, token: string, isOn: boolean, asked: Asked): Answered {
  if (!isOn) return error(500, 'internal server error')
  if (asked.headers.authorization !== `Bearer ${token}`) return error(401, 'invalid bearer token')
  const path = asked.path.replace(/^\/scim(?:\/v2)?(?=\/|$)/, '')
  const [, endpoint = '', id] = path.split('/')
  if (asked.method === 'GET' && id === undefined) {
    if (endpoint === 'ServiceProviderConfig') return { status: 200, body: CONFIG }
    if (endpoint === 'ResourceTypes') return { status: 200, body: RESOURCE_TYPES }
    if (endpoint === 'Schemas') return { status: 200, body: SCHEMAS }
  }
  const body = asked.body === '' ? {} : (JSON.parse(asked.body) as unknown)
  const fields = isFields(body) ? body : {}
  if (endpoint === 'Users') return people(account, asked, id, fields)
  return endpoint === 'Groups' ? groups(account, asked, id, fields) : error(404, 'no such endpoint')
}

function people(account: Account, { method, query }: Asked, id: string | undefined, body: Fields): Answered {
  if (id === undefined) {
    if (method === 'GET') return list([...account.people.values()].map(shownPerson), query)
    return method === 'POST' ? invite(account, body) : error(405, 'method not allowed')
  }
  const person = account.people.get(id)
  if (person === undefined) return error(404, 'user not found')
  switch (method) {
    case 'GET':
      return { status: 200, body: shownPerson(person) }
    case 'DELETE':
      if (!account.isHeldBack) person.isSuspended = true
      return { status: 204 }
    case 'PUT':
    case 'PATCH': {
      const changes = method === 'PUT' ? wholeOf(body) : operationsOf(body)
      const wanted = changes.find(([path]) => path === 'userName')?.[1]
      const other = typeof wanted === 'string' ? personOf(account, wanted) : undefined
      if (other !== undefined && other !== person) return taken()
      const before = person.isSuspended
      for (const [path, value] of changes) setPerson(person, path, value, account.hasToConfirm)
      const shown = shownPerson(person)
      if (account.isHeldBack) person.isSuspended = before
      return { status: 200, body: shown }
    }
    default:
      return error(405, 'method not allowed')
  }
}

const taken = () => error(409, 'a user with this e-mail address exists', 'uniqueness')

/** An invitation. It is shown as active at once. */
function invite(account: Account, body: Fields): Answered {
  const { userName } = body
  if (typeof userName !== 'string' || !userName.includes('@'))
    return error(400, 'userName must be an e-mail address', 'invalidValue')
  if (personOf(account, userName) !== undefined) return taken()
  const person = addPerson(account, { email: userName })
  for (const [path, value] of wholeOf(body)) setPerson(person, path, value)
  return { status: 201, body: shownPerson(person) }
}

/** A whole person: the parts of the name stand as they were given. */
const wholeOf = (body: Fields) =>
  Object.entries(body).toSorted(([one], [other]) => Number(one === 'name') - Number(other === 'name'))

/** The changes of a PATCH, as path and value; an operation without a path has them in its value. */
function operationsOf({ Operations }: Fields): readonly (readonly [string, unknown, string])[] {
  const operations: unknown[] = Array.isArray(Operations) ? Operations : []
  return operations.filter(isFields).flatMap(({ op, path, value }) => {
    const kind = String(op).toLowerCase()
    if (typeof path === 'string') return [[path, value, kind] as const]
    return Object.entries(isFields(value) ? value : {}).map(([name, each]) => [name, each, kind] as const)
  })
}

function setPerson(person: Person, path: string, value: unknown, hasToConfirm = false): void {
  if (isFields(value) && path === 'name') {
    for (const [sub, each] of Object.entries(value)) setPerson(person, `name.${sub}`, each)
    return
  }
  if (path === 'active') person.isSuspended = String(value).toLowerCase() === 'false'
  if (typeof value !== 'string') return
  if (path === 'userName') {
    if (hasToConfirm && person.email !== value) person.former ??= person.email
    person.email = value
  }
  if (path === 'preferredLanguage') person.preferredLanguage = value
  if (path === 'displayName' || path === 'name.formatted') {
    // What follows from a PATCH of the displayName alone was recorded: the name is split anew.
    Object.assign(person, { displayName: value, ...splitName(value) })
  }
  if (path !== 'name.givenName' && path !== 'name.familyName') return
  Object.assign(person, path === 'name.givenName' ? { givenName: value } : { familyName: value })
  person.displayName = `${person.givenName} ${person.familyName}`.trim()
}

function groups(account: Account, { method, query }: Asked, id: string | undefined, body: Fields): Answered {
  if (id === undefined) {
    if (method === 'GET') return list([...account.groups.values()].map(shownGroup), query)
    return method === 'POST' ? make(account, body) : error(405, 'method not allowed')
  }
  const group = account.groups.get(id)
  if (group === undefined) return error(404, 'group not found')
  if (method === 'GET') return { status: 200, body: shownGroup(group) }
  if (method === 'DELETE') {
    account.groups.delete(id)
    return { status: 204 }
  }
  if (method !== 'PATCH' && method !== 'PUT') return error(405, 'method not allowed')
  const changes: readonly (readonly [string, unknown, string])[] =
    method === 'PUT'
      ? Object.entries(body).map(([path, value]) => [path, value, 'replace'] as const)
      : operationsOf(body)
  const strangers = changes.flatMap(([path, value]) =>
    path === 'members' ? idsIn(value).filter((member) => !account.people.has(member)) : [],
  )
  if (strangers.length > 0) return error(400, `no such member: ${strangers.join(', ')}`, 'invalidValue')
  for (const change of changes) setGroup(group, ...change)
  group.lastModified = new Date().toISOString()
  return { status: 200, body: shownGroup(group) }
}

function make(account: Account, { displayName, members }: Fields): Answered {
  if (typeof displayName !== 'string' || displayName === '')
    return error(400, 'displayName is required', 'invalidValue')
  const now = new Date().toISOString()
  const id = newId().toLowerCase()
  const group: Group = { id, displayName, created: now, lastModified: now, members: new Set(idsIn(members)) }
  account.groups.set(id, group)
  return { status: 201, body: shownGroup(group) }
}

const idsIn = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).flatMap((each: unknown) =>
    isFields(each) && typeof each['value'] === 'string' ? [each['value']] : [],
  )

function setGroup(group: Group, path: string, value: unknown, op: string): void {
  if (path === 'displayName' && typeof value === 'string') group.displayName = value
  const [, one] = /^members\[value eq "([^"]+)"\]$/i.exec(path) ?? []
  if (one !== undefined && op === 'remove') group.members.delete(one)
  if (path !== 'members') return
  if (op === 'replace' || (op === 'remove' && value === undefined)) group.members.clear()
  for (const id of idsIn(value)) {
    if (op === 'remove') group.members.delete(id)
    else group.members.add(id)
  }
}

/** A list, by its filter, from its startIndex on. Without a count all come. */
function list(all: readonly Fields[], query: URLSearchParams): Answered {
  const filter = query.get('filter')
  const [, name = '', literal = '""'] = /^(\w+) eq ("(?:[^"\\]|\\.)*")$/.exec(filter ?? '') ?? []
  if (filter !== null && name === '') return error(400, 'the filter is not supported', 'invalidFilter')
  const wanted = String(JSON.parse(literal)).toLowerCase()
  const found = filter === null ? all : all.filter((each) => String(each[name]).toLowerCase() === wanted)
  const startIndex = Math.max(1, Number(query.get('startIndex') ?? 1))
  const count = Math.min(Number(query.get('count') ?? 10_000), 10_000)
  const Resources = found.slice(startIndex - 1, startIndex - 1 + count)
  return {
    status: 200,
    body: {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
      totalResults: found.length,
      startIndex,
      itemsPerPage: Resources.length,
      Resources,
    },
  }
}
