import { foldCase } from '../../scim/fold.ts'
import type { Account, Later, Page } from '../target.ts'
import { readList, type Listed } from './answers.ts'
import { later } from './hear.ts'
import type { Kind } from './kinds.ts'
import { endpointTrouble, literal, type Service } from './service.ts'

/** The most that is asked for at once. */
const COUNT = 100

/**
 * Takes a service, a kind and where to begin; gives the page (RFC 7644 §3.4.2.4). A service may give fewer than were asked
 * for: the next page begins behind what came.
 */
export async function readPage(
  service: Service,
  { type }: Kind,
  page: string | undefined,
): Promise<Page | Later> {
  const start = page !== undefined && /^[1-9]\d{0,14}$/.test(page) ? Number(page) : 1
  const count = Math.min(COUNT, service.learned.maxResults)
  const list = await ask(service, `${type.endpoint}?startIndex=${start}&count=${count}`)
  if ('kind' in list) return list
  // Page one again for every page would never end.
  if (start > 1 && list.start !== undefined && list.start !== start) {
    return later(`the target shows its list from ${list.start} where ${start} was asked for`, false)
  }
  const after = start + list.resources.length
  const more = after <= list.total
  // An end before the end would read as people who are gone.
  if (more && list.resources.length === 0) {
    return later(`the target's list ends at ${start - 1} of ${list.total}`, false)
  }
  return {
    accounts: list.resources.map(accountOf),
    next: more ? String(after) : undefined,
    total: list.total,
  }
}

/** What a look-up came to. */
export type Looked = { readonly kind: 'looked'; readonly accounts: readonly Account[] } | Later

/**
 * Takes a service, a kind and a name; gives the resources of that name: by a filter, or page by page where the service
 * knows no filter, refuses it, or shows others than it was asked for, or counts some and shows none. Whoever is shown without
 * the name may be the one: that is trouble.
 */
export async function lookUp(service: Service, kind: Kind, name: string): Promise<Looked> {
  if (!service.learned.filter) return readAll(service, kind, name)
  const filter = encodeURIComponent(`${kind.name} eq ${literal(name)}`)
  const list = await ask(service, `${kind.type.endpoint}?filter=${filter}`)
  if ('kind' in list) return list.refused === true ? readAll(service, kind, name) : list
  const accounts = list.resources.map(accountOf)
  const shown = accounts.map(({ document }) => document[kind.name])
  const isOther = shown.some((each) => each !== undefined && !sameName(each, name))
  // A page of nobody, of a list of somebody, says of nobody that they are not there.
  if (isOther || (shown.length === 0 && list.total > 0)) return readAll(service, kind, name)
  if (shown.includes(undefined)) {
    return later(`the target answers a look-up with somebody or something that has no ${kind.name}`, false)
  }
  return { kind: 'looked', accounts }
}

/** How many pages a look-up reads at the most: 10,000 people of a service that gives as many as it is asked for. */
const MOST_PAGES = 100

/** All pages, or trouble: whoever is in none of some pages may be in another. */
async function readAll(service: Service, kind: Kind, name: string): Promise<Looked> {
  const read = await leafThrough(service, kind, name, MOST_PAGES, (pages) => pages > MOST_PAGES)
  if (read.kind !== 'more') return read
  return later(
    `the target lists more than can be read in one try: it has to know the filter ${kind.name} eq, or give more at once than it does (${MOST_PAGES} pages are read)`,
    false,
  )
}

/**
 * Takes a service, a kind, a name, how many pages are read at the most, and what says of how many there will be, going by the
 * first, whether those after it are left; gives the resources of that name. `more`: there are pages that were not read.
 */
export async function leafThrough(
  service: Service,
  kind: Kind,
  name: string,
  most: number,
  isLeft: (pages: number) => boolean = () => false,
): Promise<Looked | { readonly kind: 'more' }> {
  let page: string | undefined = '1'
  for (let count = 0; page !== undefined; count += 1) {
    if (count === most) return { kind: 'more' }
    const read: Page | Later = await readPage(service, kind, page)
    if ('kind' in read) return read
    const accounts = read.accounts.filter(({ document }) => sameName(document[kind.name], name))
    if (accounts.length > 0) return { kind: 'looked', accounts }
    if (count === 0 && isLeft((read.total ?? 0) / read.accounts.length)) return { kind: 'more' }
    page = read.next
  }
  return { kind: 'looked', accounts: [] }
}

/** Takes what is shown and a name; says whether it is the same (RFC 7643 §4.1.1: userName is not case-exact). */
export function sameName(shown: unknown, name: string): boolean {
  return typeof shown === 'string' && foldCase(shown) === foldCase(name)
}

/** A list that was refused is told apart: without its filter it may be given. */
async function ask(service: Service, path: string): Promise<Listed | (Later & { readonly refused?: true })> {
  const heard = await service.ask('GET', path)
  if (heard.kind === 'refused') return { ...later(heard.never.words, false, 'connection'), refused: true }
  if (heard.kind !== 'ok') {
    const trouble = endpointTrouble(heard, path)
    return trouble.kind === 'later' ? trouble : later(trouble.words, false, 'connection')
  }
  return readList(heard.body) ?? later('the target answers a list with something that is no SCIM list', false)
}

const accountOf = ({ id, document, created }: Listed['resources'][number]): Account => ({
  remote: id,
  document,
  ...(created === undefined ? {} : { created }),
})
