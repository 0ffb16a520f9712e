import { foldCase } from '../scim/fold.ts'
import { readImported } from '../scim/imported.ts'
import type { Database } from '../store/database.ts'
import { namesUnderWay, saveGroups, savePeople } from '../store/importPages.ts'
import { beginImport, countNew, endImport, loadImport, stopImport, type ImportRun } from '../store/imports.ts'
import type { Standing } from '../store/settings.ts'
import type { Budget } from '../targets/outbound.ts'
import type { Account } from '../targets/target.ts'
import type { TargetOpener } from './open.ts'

/** What an import needs. It ends when the budget of subrequests or the time is spent, and the next call goes on. */
export type ImportTools = {
  readonly database: Database
  readonly openTarget: TargetOpener
  /** How many subrequests are left: those to the target and those to the database both count. */
  readonly budget: Budget
  /** Until when new pages are asked for, in milliseconds since 1970. */
  readonly until: number
  readonly now: () => Date
  readonly newId: () => string
  readonly progress?: (run: ImportRun, total: number | undefined) => void
}

/** How an import stands after a call. `gone`: accounts that are linked here and were not found. */
export type Imports =
  | { readonly kind: 'running'; readonly run: ImportRun }
  | { readonly kind: 'done'; readonly run: ImportRun; readonly gone: number }
  | { readonly kind: 'held'; readonly words: string }
  | { readonly kind: 'failed'; readonly words: string }

/** What a page takes: itself, who is under way, its keeping; and at the end how many are new, and the end. */
const A_PAGE = 6

/** By what share the number of people may change from one import to the next. */
const MOST_CHANGE = 0.2

/** How long one page may take, in milliseconds. */
const PAGE = 30_000

/**
 * Takes the tools, a connection's id and how it stands; reads the people and groups of its target into the database, page by
 * page, from where the last call ended; one that is over begins anew. A page that does not come ends the run and keeps what
 * there is: nobody is ever gone because a target is away.
 */
export async function importTarget(
  tools: ImportTools,
  connection: string,
  standing: Standing,
): Promise<Imports> {
  const { database, openTarget, budget, now, newId } = tools
  const trips = database.trips()
  const left = () => budget.left - (database.trips() - trips)
  const former = await loadImport(database, connection)
  let at = former?.state === 'running' ? former : await beginImport(database, connection, newId(), now())
  const stop = async (state: 'held' | 'failed', words: string): Promise<Imports> => {
    await stopImport(database, connection, at.run, { state, words }, now())
    return { kind: state, words }
  }
  const opened = await openTarget(connection, standing, { budget, until: tools.until + PAGE })
  if (opened.kind === 'bad') return stop('failed', opened.words)
  const { target, account, send } = opened
  if (!target.capabilities.list) return stop('failed', 'the people of this target cannot be read')
  const end = async (): Promise<Imports> => {
    const gone = await endImport(database, connection, account, at, now())
    return { kind: 'done', run: at, gone }
  }
  while (left() >= A_PAGE && now().getTime() < tools.until) {
    if (at.page === END) return end()
    const asked = now()
    const page = await target.list(at.type, at.page ?? undefined, send)
    if ('kind' in page) {
      return left() < 1 ? { kind: 'running', run: at } : stop('failed', page.words)
    }
    const isLast = page.next === undefined
    if (at.type === 'User') {
      const total = page.total ?? (isLast ? at.people + page.accounts.length : undefined)
      const isAsked = isLast || at.page === null
      const held = isAsked ? await changeOf(database, connection, account, at, total) : undefined
      if (held !== undefined) return stop('held', held)
    }
    const pageAt = { connection, account, at, asked }
    const isEnd = isLast && (at.type === 'Group' || !target.capabilities.groups)
    const next = isLast
      ? ({ type: isEnd ? at.type : 'Group', page: isEnd ? END : null } as const)
      : { type: at.type, page: page.next }
    const under = at.type === 'User' ? await namesUnderWay(database, connection) : new Set<string>()
    const entries = page.accounts.map((one) => entryOf(at.type, one, under))
    const save = at.type === 'User' ? savePeople : saveGroups
    const saved = await save(database, { ...pageAt, next }, entries)
    if (saved === undefined) return { kind: 'running', run: at }
    at = saved
    tools.progress?.(at, at.type === 'User' ? page.total : undefined)
  }
  return { kind: 'running', run: at }
}

/** Stands for the page behind the last: everything was read, and the end is still to be written down. */
const END = 'end'

function entryOf(type: 'User' | 'Group', { remote, document }: Account, underWay: ReadonlySet<string>) {
  const read = readImported(type, document)
  const name = read?.document['userName']
  // Who is just being made there, or taken away from there, is not somebody new.
  const isUnderWay = typeof name === 'string' && underWay.has(foldCase(name))
  return { remote, shown: document, imported: isUnderWay ? undefined : read }
}

/** What lets a held run through. */
const ACCEPT = 'If that is right: npm run import -- --connection NAME --accept'

/** Says why the run is held: the target shows far fewer or far more people than the last time. */
async function changeOf(
  database: Database,
  connection: string,
  account: string,
  { former }: ImportRun,
  total: number | undefined,
): Promise<string | undefined> {
  if (former === null || total === undefined) return undefined
  if (total < former * (1 - MOST_CHANGE)) {
    return `the target shows ${total} people where there were ${former}: nothing was changed. ${ACCEPT}`
  }
  if (total <= former * (1 + MOST_CHANGE)) return undefined
  // Those the bridge itself has brought there since are expected.
  const made = await countNew(database, connection, account)
  return total - made > former * (1 + MOST_CHANGE)
    ? `the target shows ${total} people where there were ${former}: nothing was changed. ${ACCEPT}`
    : undefined
}
