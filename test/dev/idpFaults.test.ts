import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { at, elements, isObject } from '../../dev/idp/answer.ts'
import type { Json } from '../../dev/idp/answer.ts'
import { refusal, serveFaulty } from './faulty.ts'
import type { Answered, Asked, Fault } from './faulty.ts'
import { play, serve } from './served.ts'

const slow = { timeout: 60_000 }

let served: Awaited<ReturnType<typeof serve>>

beforeAll(async () => {
  served = await serve()
}, 60_000)

afterAll(() => served.stop())

const parsed = (body: string): unknown => (body === '' ? undefined : JSON.parse(body))

/** Hands a PATCH on with each of its operations changed. */
const withOperations =
  (change: (operation: Json) => Json): Fault =>
  (asked, behind) => {
    const body = parsed(asked.body)
    if (asked.method !== 'PATCH' || !isObject(body)) return behind(asked)
    const Operations = elements(body['Operations']).filter(isObject).map(change)
    return behind({ ...asked, body: JSON.stringify({ ...body, Operations }) })
  }

const withAnswer =
  (change: (answer: Answered, asked: Asked) => Answered): Fault =>
  async (asked, behind) =>
    change(await behind(asked), asked)

const path = (operation: Json): string => String(operation['path'])
/** What changes nothing: it is what Entra's people have. */
const HARMLESS: Json = { op: 'replace', path: 'title', value: 'Engineer' }

const isRemove = ({ op }: Json): boolean => String(op).toLowerCase() === 'remove'

const refuse =
  (when: (asked: Asked) => boolean, answer: Answered): Fault =>
  async (asked, behind) =>
    when(asked) ? answer : behind(asked)

const EMPTIES = withOperations((operation) => {
  if (!isRemove(operation) || path(operation) !== 'members') return operation
  return { op: 'remove', path: 'members' }
})

const NOT_FOUND_ON_PROBE = withAnswer((answer, { url }) =>
  url.includes('filter=') && at(parsed(answer.body), 'totalResults') === 0 ? refusal(404) : answer,
)

const FALSE_AS_TEXT = withAnswer(({ status, body }) => ({
  status,
  body: body.replaceAll('"active":false', '"active":"False"'),
}))

const NO_TARGET = refuse(
  ({ method, body }) => method === 'PATCH' && body.includes('phoneNumbers[type eq \\"work\\"]'),
  refusal(400, 'noTarget'),
)

const NOTHING_MADE = withOperations((operation) =>
  path(operation).startsWith('phoneNumbers[') ? HARMLESS : operation,
)

const MEMBERS_SHOWN: Fault = (asked, behind) =>
  behind({ ...asked, url: asked.url.replace('excludedAttributes=members', 'startIndex=1') })

const GROUP_PATCH_WITH_BODY: Fault = async (asked, behind) => {
  const answer = await behind(asked)
  const isGroupPatch = asked.method === 'PATCH' && asked.url.includes('/Groups/')
  return isGroupPatch && answer.status === 204 ? behind({ ...asked, method: 'GET', body: '' }) : answer
}

const INACTIVE_HIDDEN = withAnswer((answer, { url }) => {
  const body = parsed(answer.body)
  const found = elements(at(body, 'Resources'))
  if (!url.includes('filter=') || !isObject(body) || at(found[0], 'active') !== false) return answer
  return { ...answer, body: JSON.stringify({ ...body, totalResults: 0, itemsPerPage: 0, Resources: [] }) }
})

const DOTTED_IGNORED = withOperations((operation) => {
  const { value } = operation
  if (operation['path'] !== undefined || !isObject(value)) return operation
  const kept = Object.entries(value).filter(([name]) => !name.startsWith('name.'))
  return { ...operation, value: Object.fromEntries(kept) }
})

const MANAGER_IGNORED = withOperations((operation) =>
  path(operation).endsWith(':manager') ? HARMLESS : operation,
)

const DELETE_IS_SOFT: Fault = (asked, behind) => {
  if (asked.method !== 'DELETE' || !asked.url.includes('/Users/')) return behind(asked)
  return Promise.resolve({ status: 204, body: '' })
}

const PROBE_OF_MEMBERS = withAnswer((answer, { url }) => {
  const body = parsed(answer.body)
  if (!url.includes('members+eq') || !isObject(body)) return answer
  return { ...answer, body: JSON.stringify({ ...body, totalResults: 0, itemsPerPage: 0, Resources: [] }) }
})

const SCHEMAS_REFUSED = refuse(({ body }) => body.includes('"urn:scim:'), refusal(400, 'invalidValue'))

const GROUP_STAYS = refuse(({ method, url }) => method === 'DELETE' && url.includes('/Groups/'), {
  status: 204,
  body: '',
})

const NO_EMAIL_FILTER = refuse(({ url }) => url.includes('filter=emails'), refusal(400, 'invalidFilter'))

/** A create that is sent again is answered as if it had made one more. */
const TWICE: Fault = async (asked, behind) => {
  const answer = await behind(asked)
  if (asked.method !== 'POST' || answer.status !== 409) return answer
  const body = parsed(asked.body)
  const meta = { resourceType: 'User' }
  return { status: 201, body: JSON.stringify({ ...(isObject(body) ? body : {}), id: 'another', meta }) }
}

const MEMBER_FILTER_IGNORED = withOperations((operation) =>
  path(operation).startsWith('members[') ? { ...operation, path: 'members[value eq "nobody"]' } : operation,
)

test.each<[provider: string, what: string, fault: Fault, failure: RegExp]>([
  ['entra', 'empties a group on a remove with values', EMPTIES, /^members out: PATCH \/Groups\/.*missing/m],
  [
    'jumpcloud',
    'empties a group on a remove with values',
    EMPTIES,
    /^members out: PATCH \/Groups\/.*missing/m,
  ],
  ['entra', 'answers 404 on the probe', NOT_FOUND_ON_PROBE, /^test connection: GET \/Users: expected 200/m],
  [
    'entra',
    'keeps "False" as text',
    FALSE_AS_TEXT,
    /^deactivate users: .*active that is a boolean.*"False"/m,
  ],
  ['entra', 'answers 400 noTarget', NO_TARGET, /^numbers and addresses: PATCH \/Users\/.*came 400/m],
  ['entra-062020', 'answers 400 noTarget', NO_TARGET, /^numbers and addresses: PATCH \/Users\/.*came 400/m],
  ['entra', 'makes no element', NOTHING_MADE, /^numbers and addresses: .*phoneNumbers/m],
  ['entra', 'shows members that are excluded', MEMBERS_SHOWN, /^members in: .*a group without members/m],
  ['entra', 'answers a group PATCH with a body', GROUP_PATCH_WITH_BODY, /^members in: .*expected 204/m],
  ['entra', 'hides who is inactive', INACTIVE_HIDDEN, /^deactivate users: .*came no match/m],
  ['entra', 'takes no manager by id', MANAGER_IGNORED, /^managers: .*manager/m],
  ['entra', 'deletes nobody', DELETE_IS_SOFT, /^delete everybody: .*expected 404/m],
  ['entra', 'finds no group by its member', PROBE_OF_MEMBERS, /^members in: GET \/Groups: expected groups/m],
  ['entra-062020', 'reads no dotted names', DOTTED_IGNORED, /^change profiles: .*name\.givenName/m],
  ['entra-062020', 'removes no member by filter', MEMBER_FILTER_IGNORED, /^members out: .*too many/m],
  [
    'onelogin',
    'refuses schemas it does not know',
    SCHEMAS_REFUSED,
    /^create users: POST \/Users: .*came 400/m,
  ],
  ['jumpcloud', 'keeps the test group', GROUP_STAYS, /^test user and group: .*expected 404/m],
  ['ping', 'has no filter for emails', NO_EMAIL_FILTER, /^look up by filters: .*came 400/m],
  ['rippling', 'makes a person twice', TWICE, /^retry a create: POST \/Users/m],
  ['okta-oin', 'removes no member by filter', MEMBER_FILTER_IGNORED, /^members out: .*too many/m],
])('%s notices a server that %s', slow, async (provider, _what, fault, failure) => {
  const faulty = await serveFaulty(served.base, fault)
  onTestFinished(faulty.stop)
  const options = ['--provider', provider, '--people', '4', '--groups', '1']
  const { code, output } = await play(faulty.base, served.token, ...options)
  expect([code, output]).toEqual([1, expect.stringMatching(failure)])
})

test('OneLogin ends everything in & or ? and has no User-Agent; Entra sends its flag on', slow, async () => {
  const seen: Asked[] = []
  const faulty = await serveFaulty(served.base, (asked, behind) => {
    seen.push(asked)
    return behind(asked)
  })
  onTestFinished(faulty.stop)
  const options = ['--people', '4', '--groups', '1', '--provider']
  const onelogin = await play(faulty.base, served.token, ...options, 'onelogin')
  expect([onelogin.code, seen.every(({ url }) => /[?&]$/.test(url))]).toEqual([0, true])
  expect(new Set(seen.map(({ headers }) => headers['user-agent']))).toEqual(new Set(['']))
  seen.length = 0
  const entra = await play(faulty.base, served.token, ...options, 'entra-062020')
  expect([entra.code, seen.every(({ url }) => /[?&]aadOptscim062020$/.test(url))]).toEqual([0, true])
  expect(seen.some(({ body }) => /"(Add|Replace|Remove)"|"False"/.test(body))).toBe(false)
})
