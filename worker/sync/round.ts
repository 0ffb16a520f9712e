import type { Claimed } from '../store/claim.ts'
import type { Database } from '../store/database.ts'
import type { Settled } from '../store/outcome.ts'
import type { Standing } from '../store/settings.ts'
import type { Work } from '../store/work.ts'
import type { Budget, Incoming, Outbound } from '../targets/outbound.ts'
import { attempt, type Attempted } from './attempt.ts'
import { hearing, withHeard } from './heard.ts'
import type { Opener } from './open.ts'
import { settledOf } from './settled.ts'
import type { Shares } from './shares.ts'
import { spending } from './spending.ts'

/** How many requests an invocation waits for at once (Workers limits: six connections). */
const CONNECTIONS = 6

/** How long a delivery may take once it is begun, in milliseconds. */
const DELIVERY = 30_000

/** How many subrequests a delivery may need: a look, what is adopted, the change, its proof. */
export const NEEDS = 4

/** After how many requests in a row without an answer a run leaves a target alone, so that others do not wait for it. */
const MOST_LOST = 6

/**
 * What a run carries from round to round: what it may still send, the connections whose targets take nothing, what each connection may
 * send of it, and how many requests in a row have got no answer, by connection.
 */
export type RoundTools = {
  readonly openDatabase: () => Database
  readonly open: Opener
  readonly budget: Budget
  readonly stopped: Set<string>
  readonly shares: Shares
  readonly lost: Map<string, number>
  readonly now: () => Date
  readonly log: (entry: { readonly message: string; readonly [field: string]: string | undefined }) => void
}

/** Deliveries that are leased, until when, and whether there are as many as were asked for: more may be due. */
export type Round = Claimed & { readonly until: Date; readonly isFull: boolean }

/** A delivery and what became of it. */
export type Delivered = { readonly work: Work; readonly settled: Settled }

/**
 * Takes deliveries and the run's tools; brings each to its target, side by side as far as the budget lets each of them come to its
 * end, and the last of it one by one: two that halve what one needs would come to nothing again and again.
 */
export async function deliverRound(
  { work, standings, until, isFull }: Round,
  tools: RoundTools,
): Promise<readonly Delivered[]> {
  const { budget, stopped, shares, now } = tools
  shares.divide(
    work.map(({ connection }) => connection),
    isFull,
  )
  // Nothing is begun that could go on when somebody else has it.
  const inTime = () => now().getTime() + DELIVERY < until.getTime()
  const results: Delivered[] = []
  const queue = inTurns(work)
  let running = 0
  const worker = async () => {
    while (running === 0 || budget.left >= (running + 1) * NEEDS) {
      const next = queue.shift()
      if (next === undefined) return
      running += 1
      const standing = inTime() ? standings.get(next.connection) : undefined
      const settled = await deliverOne(next, standing, tools)
      running -= 1
      shares.end(next.connection)
      if (settled.kind === 'later' && settled.stopUntil !== undefined) stopped.add(next.connection)
      results.push({ work: next, settled })
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, worker))
  return results
}

/** One delivery. A fault in it is its own: it is tried again later, and the others go on. */
async function deliverOne(work: Work, standing: Standing | undefined, tools: RoundTools): Promise<Settled> {
  const { open, openDatabase, budget, stopped, shares, lost, now, log } = tools
  // Most of what is made is looked for first.
  const least = work.takesAccess ? 1 : 2
  if (standing === undefined || budget.left < least || stopped.has(work.connection)) return released
  if (shares.isUsed(work.connection)) return released
  const { settings } = standing
  const until = now().getTime() + DELIVERY
  const opened = await open(work, standing, { budget, until })
  if (opened.kind === 'bad') return opened.settled
  let isSpent = false
  let own = 0
  const { send: sent, heard } = hearing(opened.send)
  const send: Outbound = async (request) => {
    // What is begun may have what a delivery needs: half of it would come to nothing.
    if (own >= NEEDS && shares.isTooMuch(work.connection)) return NO_SHARE
    own += 1
    shares.count(work.connection)
    const incoming = await sent(request)
    lost.set(work.connection, incoming.kind === 'lost' ? (lost.get(work.connection) ?? 0) + 1 : 0)
    if ((lost.get(work.connection) ?? 0) >= MOST_LOST) stopped.add(work.connection)
    isSpent ||= incoming.kind === 'refused' && incoming.why === 'budget' && budget.left < 1
    return incoming
  }
  const database = spending(openDatabase, budget, () => {
    isSpent = true
  })
  const tried = await attempt(work, { ...opened, send, settings, database, at: now() }).catch(
    (error: unknown): Attempted => {
      const { connection, resource } = work
      const { name } = error instanceof Error ? error : { name: typeof error }
      log({ level: 'error', message: 'delivery', connection, resource, error: name })
      const words = 'a fault of the bridge: its log says more'
      return { kind: 'later', words, uncertain: true, whose: 'resource' }
    },
  )
  const settled = withHeard(settledOf(work, tried, settings, opened.account, now()), heard())
  // Nobody's fault: the next run goes on with it at once. What alone took more than its connection's share waits its own pause.
  return settled.kind === 'later' && isSpent && !shares.isMore(own)
    ? { ...settled, due: now(), isDead: false }
    : settled
}

const released: Settled = { kind: 'released' }

const NO_SHARE: Incoming = {
  kind: 'refused',
  why: 'budget',
  words: 'it takes more requests than this connection may have in one run while others wait',
}

/** What takes access away first; then a delivery of each connection in turn. */
function inTurns(work: readonly Work[]): Work[] {
  const counts = new Map<string, number>()
  const turns = work.map((one) => {
    const turn = counts.get(one.connection) ?? 0
    counts.set(one.connection, turn + 1)
    return { one, turn }
  })
  const before = (a: Work, b: Work) => Number(b.takesAccess) - Number(a.takesAccess)
  return turns.toSorted((a, b) => before(a.one, b.one) || a.turn - b.turn).map(({ one }) => one)
}
