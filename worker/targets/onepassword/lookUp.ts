import type { Later } from '../target.ts'
import { later, type Api, type Heard } from './api.ts'
import { isSame, readPeople, readPerson, type PeoplePage, type Person } from './people.ts'

/** The most that one page may have (developer.1password.com/docs/users-api/list-users). */
const PAGE = 1_000

const NO_ACCOUNT = '1Password has no such account there: check the account ID and the region'

/** Takes the API, what to ask for the page with, and how many; gives the page. Trouble is an outcome. */
export async function readPage(
  api: Api,
  token: string | undefined,
  size: number = PAGE,
): Promise<(PeoplePage & { readonly kind: 'page' }) | Later> {
  const query = new URLSearchParams({ max_page_size: String(size) })
  if (token !== undefined) query.set('page_token', token)
  const heard = await api.get(`/users?${query.toString()}`)
  if (heard.kind === 'missing') return later(NO_ACCOUNT, false, 'connection')
  if (heard.kind !== 'ok') return asLater(heard)
  const read = readPeople(heard.body)
  if (read === undefined) return later('1Password answers with no list of people', false)
  return { kind: 'page', ...read }
}

/** Takes the API and an id; gives the person who has it. An answer about anybody else counts for nothing. */
export async function readOne(
  api: Api,
  id: string,
): Promise<{ readonly kind: 'person'; readonly person: Person } | { readonly kind: 'missing' } | Later> {
  const heard = await api.get(`/users/${encodeURIComponent(id)}`)
  if (heard.kind === 'missing') return heard
  if (heard.kind !== 'ok') return asLater(heard)
  const person = readPerson(heard.body)
  if (person === undefined || !isSame(person.id, id))
    return later('1Password does not answer with the person who was asked for', false)
  return { kind: 'person', person }
}

/**
 * Takes the API and addresses, best first; gives the people with the best of them that anybody has. The list has no
 * filter by address, so all pages are read, as far as the budget goes. Every account has an owner: a list of nobody is
 * not believed.
 */
export async function lookUp(
  api: Api,
  addresses: readonly string[],
): Promise<{ readonly kind: 'people'; readonly people: readonly Person[] } | Later> {
  const found: Person[] = []
  const [best] = addresses
  const hasBest = () => best !== undefined && found.some(({ email }) => isSame(email, best))
  const asked = new Set<string | undefined>()
  let isAnybody = false
  let next: string | undefined
  do {
    asked.add(next)
    const page = await readPage(api, next)
    if (page.kind === 'later') return page
    isAnybody ||= page.people.length > 0
    found.push(...page.people.filter(({ email }) => addresses.some((address) => isSame(address, email))))
    next = page.next
    if (next !== undefined && asked.has(next)) return later('1Password gives the same page again', false)
  } while (next !== undefined && !hasBest())
  if (!isAnybody) return later('1Password lists nobody at all in this account', false, 'connection')
  const address = addresses.find((each) => found.some(({ email }) => isSame(email, each)))
  return {
    kind: 'people',
    people: found.filter(({ email }) => address !== undefined && isSame(email, address)),
  }
}

/** Nothing refuses what is only read but for all. */
const asLater = (heard: Exclude<Heard, { kind: 'ok' | 'missing' }>): Later =>
  heard.kind === 'later' ? heard : later(heard.words, false, 'connection')
