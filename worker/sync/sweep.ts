import { raiseUnconfirmed } from '../store/alarms.ts'
import { claimDue } from '../store/claim.ts'
import { WriteRefused, type Database } from '../store/database.ts'
import { dueImport } from '../store/imports.ts'
import { settle, type Settled } from '../store/outcome.ts'
import type { Standing } from '../store/settings.ts'
import type { Work } from '../store/work.ts'
import type { Budget } from '../targets/outbound.ts'
import { attempt } from './attempt.ts'
import { importTarget } from './import.ts'
import type { Opener, TargetOpener } from './open.ts'
import { settledOf } from './settled.ts'

/** How many requests an invocation waits for at once (Workers limits: six connections). */
const CONNECTIONS = 6

/** How many deliveries are taken up at once, and how long a run takes up new ones, in milliseconds. */
const MOST_CLAIMED = 60
const RUN = 50_000

/** How long a delivery may take once it is begun, and how long a run has what it took up, in milliseconds. */
const DELIVERY = 30_000
const LEASE = 240_000

/** What a run keeps of its subrequests for the database: what is adopted, and the outcome with a second try. */
const RESERVED = 4

/** After a deactivation has not been confirmed for so long, in milliseconds, a person is told. */
const UNCONFIRMED_AFTER = 300_000

/** What a run needs. */
export type SweepParts = {
  readonly openDatabase: () => Database
  readonly open: Opener
  readonly openTarget: TargetOpener
  readonly subrequests: number
  readonly now: () => Date
  readonly newId: () => string
  readonly log: (entry: {
    readonly message: string
    readonly [field: string]: string | number | undefined
  }) => void
}

/** What a run came to: deliveries by what became of them, the subrequests it sent, and the alarms it raised. */
export type Swept = {
  readonly outcomes: Readonly<Record<Settled['kind'], number>>
  readonly subrequests: number
  readonly unconfirmed: number
}

/**
 * Takes the parts; gives what brings everything to its target that is due, as cron calls it: what takes access away first,
 * resources side by side, each as one step to the state wanted now; then the import of one connection goes on. It ends when nothing is due, when its time is over or when
 * it has sent as many subrequests as an invocation may; the next run goes on.
 */
export function sweeperOf(parts: SweepParts): () => Promise<Swept> {
  const { openDatabase, open, subrequests, now, newId, log } = parts
  return async () => {
    const database = openDatabase()
    const end = now().getTime() + RUN
    const outcomes = { done: 0, later: 0, never: 0, skipped: 0, released: 0 }
    let sent = 0
    const left = () => subrequests - database.trips() - sent
    const unconfirmed = await raiseUnconfirmed(database, now(), UNCONFIRMED_AFTER)
    for (const subject of unconfirmed) log({ level: 'alarm', message: 'unconfirmed', ...subject })
    while (now().getTime() < end && left() > RESERVED + 1) {
      const at = now()
      const most = Math.min(MOST_CLAIMED, left() - RESERVED - 1)
      const claim = { most, now: at, until: new Date(at.getTime() + LEASE), id: newId() }
      const { work, standings } = await claimDue(database, claim)
      if (work.length === 0) break
      const budget: Budget = { left: left() - RESERVED }
      const before = budget.left
      const settled = await inParallel(work, CONNECTIONS, async (one) => {
        const standing = standings.get(one.connection)
        const result = await deliverOne(one, standing, { database, open, budget, now })
        return { work: one, settled: result }
      })
      sent += before - budget.left
      for (const { work: one, settled: result } of settled) {
        outcomes[result.kind] += 1
        logOutcome(log, one, result)
      }
      await settleAll(database, settled, now())
      if (settled.every(({ settled: result }) => result.kind === 'released')) break
    }
    sent += await importOne(parts, database, left() - 1, end)
    const total = database.trips() + sent
    log({ level: 'info', message: 'sweep', subrequests: total, ...outcomes })
    return { outcomes, subrequests: total, unconfirmed: unconfirmed.length }
  }
}

/** How many subrequests an import is begun with at the least. */
const LEAST_FOR_IMPORT = 9

/** With what deliveries have left, the import of one connection goes on. Gives how many requests went to its target. */
async function importOne(
  { openTarget, now, newId, log }: SweepParts,
  database: Database,
  left: number,
  until: number,
): Promise<number> {
  if (left < LEAST_FOR_IMPORT || now().getTime() >= until) return 0
  const due = await dueImport(database, now())
  if (due === undefined) return 0
  const { connection, standing } = due
  const budget: Budget = { left: left - 1 }
  const before = budget.left
  const tools = { database, openTarget, budget, until, now, newId }
  const { kind, ...rest } = await importTarget(tools, connection, standing)
  const counts = 'run' in rest ? { people: rest.run.people, groups: rest.run.groups } : {}
  log({ level: kind === 'held' ? 'alarm' : 'info', message: 'import', connection, outcome: kind, ...counts })
  return before - budget.left
}

type Tools = {
  readonly database: Database
  readonly open: Opener
  readonly budget: Budget
  readonly now: () => Date
}

/** One delivery. A fault of ours in it is its own: it is tried again later, and the others go on. */
async function deliverOne(
  work: Work,
  standing: Standing | undefined,
  { database, open, budget, now }: Tools,
): Promise<Settled> {
  if (standing === undefined || budget.left < 1) return { kind: 'released' }
  const until = now().getTime() + DELIVERY
  const opened = await open(work, standing, { budget, until })
  if (opened.kind === 'bad') return opened.settled
  const { settings } = standing
  const before = budget.left
  const tried = await attempt(work, { ...opened, settings, database, at: now() })
  // The run has sent all it may, and nothing of this delivery: the next run begins it.
  if (tried.kind === 'later' && budget.left === 0 && before === 0) return { kind: 'released' }
  return settledOf(work, tried, settings, opened.account, now())
}

/** Writes the outcomes down at once; where the target names a remote id that another resource has, one by one. */
async function settleAll(
  database: Database,
  settled: readonly { readonly work: Work; readonly settled: Settled }[],
  at: Date,
): Promise<void> {
  try {
    await settle(database, settled, at)
  } catch (error) {
    if (!(error instanceof WriteRefused)) throw error
    for (const one of settled)
      await settle(database, [one], at).catch(() => settleTaken(database, one.work, at))
  }
}

/** The id that the target gave belongs to another resource: a person has to look. */
function settleTaken(database: Database, work: Work, at: Date): Promise<void> {
  const words = 'the target gave an id that belongs to another resource here'
  const due = new Date(at.getTime() + 3_600_000)
  const settled: Settled = { kind: 'later', due, uncertain: true, words, isDead: false, alarm: 'decide' }
  return settle(database, [{ work, settled }], at)
}

function logOutcome(log: SweepParts['log'], work: Work, settled: Settled): void {
  const { connection, resource, type, tries } = work
  const alarm = 'alarm' in settled ? settled.alarm : undefined
  const level = alarm === undefined ? 'info' : 'alarm'
  log({ level, message: 'delivery', connection, resource, type, tries, outcome: settled.kind, alarm })
}

/** Takes things, how many at once, and what is done with each; gives the results in order. */
async function inParallel<T, R>(
  things: readonly T[],
  most: number,
  work: (thing: T) => Promise<R>,
): Promise<readonly R[]> {
  const results = new Map<number, R>()
  const queue = [...things.entries()]
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      results.set(next[0], await work(next[1]))
    }
  }
  await Promise.all(Array.from({ length: most }, worker))
  return [...results].toSorted(([a], [b]) => a - b).map(([, result]) => result)
}
