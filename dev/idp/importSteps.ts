import { Mismatch, show } from './answer.ts'
import type { Answer } from './answer.ts'
import { isCreated } from './calls.ts'
import type { Client } from './calls.ts'
import { readGroup, readList, readUser } from './resource.ts'
import type { Resource, User } from './resource.ts'

const PAGE = 100

type Kind<Found extends Resource> = {
  readonly path: '/Users' | '/Groups'
  readonly read: (answer: Answer, resource: unknown) => Found
}

const USERS: Kind<User> = { path: '/Users', read: readUser }
const GROUPS: Kind<Resource> = { path: '/Groups', read: readGroup }

type Page<Found> = { readonly total: number; readonly answer: Answer; readonly found: readonly Found[] }

/**
 * One page, full unless it is the last: the provider's next startIndex counts on that. Its itemsPerPage must be how
 * many there are as soon as they are not all (RFC 7644 section 3.4.2).
 */
const readPage = async <Found extends Resource>(
  client: Client,
  kind: Kind<Found>,
  startIndex: number,
  count: number,
): Promise<Page<Found>> => {
  const answer = await client.send({ method: 'GET', path: kind.path, query: { startIndex, count } })
  const list = readList(answer)
  if (list.startIndex !== startIndex) {
    throw new Mismatch(answer.request, `startIndex ${startIndex}`, String(list.startIndex))
  }
  const full = Math.max(Math.min(count, list.totalResults - startIndex + 1), 0)
  if (list.resources.length !== full) {
    throw new Mismatch(
      answer.request,
      `${full} resources from startIndex ${startIndex} of ${list.totalResults}`,
      String(list.resources.length),
    )
  }
  if (full < list.totalResults && list.itemsPerPage !== full) {
    throw new Mismatch(answer.request, `itemsPerPage ${full}`, String(list.itemsPerPage))
  }
  const found = list.resources.map((resource) => kind.read(answer, resource))
  return { total: list.totalResults, answer, found }
}

/** startIndex 1, 101, 201 … until totalResults, which must not change on the way. */
const readAll = async <Found extends Resource>(
  client: Client,
  kind: Kind<Found>,
): Promise<readonly Found[]> => {
  const { total, answer, found } = await readPage(client, kind, 1, PAGE)
  const all = [...found]
  for (let startIndex = 1 + PAGE; startIndex <= total; startIndex += PAGE) {
    const page = await readPage(client, kind, startIndex, PAGE)
    if (page.total !== total) throw new Mismatch(answer.request, `totalResults ${total}`, String(page.total))
    all.push(...page.found)
  }
  const ids = new Set(all.map(({ id }) => id))
  if (ids.size < total) throw new Mismatch(answer.request, `${total} ids`, `${ids.size} that differ`)
  return all
}

/** Small pages here and there, and everything once more, must show the order of the first reading. */
const expectStable = async <Found extends Resource>(
  client: Client,
  kind: Kind<Found>,
  all: readonly Found[],
): Promise<void> => {
  const expectSlice = (found: readonly Resource[], start: number): void => {
    const wrong = found.findIndex(({ id }, at) => id !== all[start + at]?.id)
    if (wrong === -1) return
    const request = { method: 'GET', path: kind.path } as const
    throw new Mismatch(request, `the same order as before at ${start + wrong + 1}`, show(found[wrong]?.id))
  }
  expectSlice(await readAll(client, kind), 0)
  const starts = [0, 1, Math.floor(all.length / 2), all.length - 1].filter((start) => start >= 0)
  await client.each(starts, async (start) => {
    expectSlice((await readPage(client, kind, start + 1, 7)).found, start)
  })
}

/** What Okta asks when an admin presses "Test API Credentials". */
export const testCredentials = async (client: Client): Promise<void> => {
  const kinds = [
    { path: '/Users', count: 2 },
    { path: '/Groups', count: 100 },
  ] as const
  await client.each(kinds, async ({ path, count }) => {
    const answer = await client.send({ method: 'GET', path, query: { startIndex: 1, count } })
    const { resources } = readList(answer)
    if (resources.length > count) {
      throw new Mismatch(answer.request, `at most ${count} resources`, String(resources.length))
    }
  })
}

/** An import of users: all of them, active or not, each once, and ours as they should be. */
export const importUsers = async (client: Client): Promise<void> => {
  const users = await readAll(client, USERS)
  const byId = new Map(users.map((user) => [user.id, user]))
  await client.each(client.org.people.filter(isCreated), async ({ id, userName, active }) => {
    const user = byId.get(id)
    const request = { method: 'GET', path: '/Users' } as const
    const want = `${userName} with active ${active}`
    if (user === undefined) throw new Mismatch(request, want, 'a list without that id')
    if (user.userName.toLowerCase() === userName.toLowerCase() && user.active === active) return
    throw new Mismatch(request, want, `${user.userName} with active ${user.active}`)
  })
  await expectStable(client, USERS, users)
}

/** An import of groups: all of them, each once, ours among them. */
export const importGroups = async (client: Client): Promise<void> => {
  const groups = await readAll(client, GROUPS)
  const ids = new Set(groups.map(({ id }) => id))
  await client.each(client.org.groups, async ({ id, displayName }) => {
    if (id === undefined || ids.has(id)) return
    throw new Mismatch({ method: 'GET', path: '/Groups' }, show(displayName), 'a list without it')
  })
  await expectStable(client, GROUPS, groups)
}
