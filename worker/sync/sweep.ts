import { raiseOverdue, type Patience } from '../store/alarms.ts'
import { DatabaseAway, type Database } from '../store/database.ts'
import { dueImport } from '../store/imports.ts'
import type { Settled } from '../store/outcome.ts'
import type { Work } from '../store/work.ts'
import type { Budget } from '../targets/outbound.ts'
import { claimerOf, MOST_CLAIMED } from './claiming.ts'
import { importTarget } from './import.ts'
import { keepLogs, type Keeping } from './keep.ts'
import type { Opener, TargetOpener } from './open.ts'
import { deliverRound, NEEDS, type Delivered, type Round, type RoundTools } from './round.ts'
import { settleAll } from './settleAll.ts'
import { sharesOf } from './shares.ts'
import { endSnapshot } from './snapshot.ts'
import { counted } from './spending.ts'

/** How long a run takes up new deliveries, in milliseconds. */
const RUN = 50_000

/** What a run keeps of its subrequests for the database: the outcomes with a second try, and the end of snapshots. */
const RESERVED = 4

/** What the end of a snapshot takes: the event, and two requests to the database. */
const SNAPSHOT_NEEDS = 3

/** How long the end of a snapshot may take, in milliseconds. */
const SNAPSHOT = 30_000

/**
 * For how long a deactivation may be unconfirmed and a connection closed before a person is told, in milliseconds. Okta doubles
 * its pause from the 300 s it is asked for and gives up after its tenth try, three and a half days after the first.
 */
const PATIENCE: Patience = { unconfirmed: 300_000, closed: 172_800_000 }

/** What a run needs. */
export type SweepParts = {
  readonly openDatabase: () => Database
  readonly open: Opener
  readonly openTarget: TargetOpener
  /** The keys that seal the logs, and what makes the MACs of acts. */
  readonly sealing: Pick<Keeping, 'keys' | 'signAct'>
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
 * resources side by side, each as one step to the state wanted now. It ends when nothing is due, when its time is over or when
 * it has sent as many subrequests as an invocation may; the next run goes on. Where there is room, the next deliveries are taken
 * up, and the outcomes of the last written down, while the target answers. Then the logs are sealed, and with what is left the import of one connection goes on.
 */
export function sweeperOf(parts: SweepParts): () => Promise<Swept> {
  const { openDatabase, open, openTarget, subrequests, now, newId, log } = parts
  return async () => {
    const end = now().getTime() + RUN
    const outcomes = { done: 0, later: 0, never: 0, skipped: 0, held: 0, released: 0 }
    const budget: Budget = { left: subrequests - RESERVED }
    const left = () => budget.left + RESERVED
    // Opened anew for each use: a database gives up some time after it was opened.
    const database = (): Database => counted(openDatabase(), budget)
    const shares = sharesOf(budget, NEEDS)
    const stopped = new Set<string>()
    const tools: RoundTools = { openDatabase, open, budget, stopped, shares, lost: new Map(), now, log }
    const { unconfirmed, closed, tokens } = await raiseOverdue(database(), now(), PATIENCE)
    for (const subject of unconfirmed) log({ level: 'alarm', message: 'unconfirmed', ...subject })
    for (const connection of closed) log({ level: 'alarm', message: 'closed', connection })
    for (const subject of tokens) log({ level: 'alarm', message: 'token', ...subject })

    const claim = claimerOf({ database, budget, stopped, shares, end, now, newId, log })
    const finish = async (delivered: readonly Delivered[]): Promise<void> => {
      for (const { work, settled } of delivered) {
        outcomes[settled.kind] += 1
        logOutcome(log, work, settled)
      }
      await settleAll(database, delivered, { at: now(), fits: () => left() > 1, log })
    }
    let next: Promise<Round> | undefined
    let settling: Promise<void> | undefined
    for (;;) {
      const round = await (next ?? claim())
      next = undefined
      if (round.work.length === 0) {
        if (settling === undefined) break
        // What is written down may have made more due.
        await settling
        settling = undefined
        continue
      }
      if (budget.left > (round.work.length + MOST_CLAIMED) * NEEDS) next = inBackground(claim())
      const delivered = await deliverRound(round, tools)
      await settling
      settling = inBackground(finish(delivered))
      if (next !== undefined) continue
      await settling
      settling = undefined
      const isIdle = delivered.every(({ settled }) => settled.kind === 'released')
      if (isIdle && stopped.size === 0 && shares.back.size === 0) break
    }
    await endSnapshot({
      database,
      open: async (connection, standing) => {
        budget.left -= 1
        const limits = { budget: { left: 1 }, until: now().getTime() + SNAPSHOT }
        return openTarget(connection, standing, limits)
      },
      fits: () => left() >= SNAPSHOT_NEEDS,
      now,
    })
    await keep(parts, database, left)
    budget.left -= await importOne(parts, budget.left - 1, end)
    const total = subrequests - left()
    log({ level: 'info', message: 'sweep', subrequests: total, ...outcomes })
    return { outcomes, subrequests: total, unconfirmed: unconfirmed.length }
  }
}

/** Its failure is told where it is waited for. */
function inBackground<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

/**
 * The logs are kept. What was left for second tries and snapshots is enough for it, so that no crowd of deliveries leaves them unsealed; and what goes wrong
 * with it is told, and keeps nothing else from its turn.
 */
async function keep(
  { sealing, now, newId, log }: SweepParts,
  database: () => Database,
  left: () => number,
): Promise<void> {
  try {
    const fits = (requests: number) => left() >= requests
    const { sealed, erased } = await keepLogs({ ...sealing, database, fits, now, newId })
    if (sealed + erased > 0) log({ level: 'info', message: 'seal', sealed, erased })
  } catch (error) {
    if (error instanceof DatabaseAway) throw error
    log({ level: 'error', message: 'seal', error: error instanceof Error ? error.name : typeof error })
  }
}

/** How many subrequests an import is begun with at the least. */
const LEAST_FOR_IMPORT = 9

/** With what deliveries have left, the import of one connection goes on. Gives how many subrequests it took. */
async function importOne(
  { openDatabase, openTarget, now, newId, log }: SweepParts,
  left: number,
  until: number,
): Promise<number> {
  if (left < LEAST_FOR_IMPORT || now().getTime() >= until) return 0
  const database = openDatabase()
  const due = await dueImport(database, now())
  if (due === undefined) return database.trips()
  const { connection, standing } = due
  const budget: Budget = { left: left - database.trips() }
  const before = budget.left
  const tools = { database, openTarget, budget, until, now, newId }
  const { kind, ...rest } = await importTarget(tools, connection, standing)
  const counts = 'run' in rest ? { people: rest.run.people, groups: rest.run.groups } : {}
  log({ level: kind === 'held' ? 'alarm' : 'info', message: 'import', connection, outcome: kind, ...counts })
  return before - budget.left + database.trips()
}

function logOutcome(log: SweepParts['log'], work: Work, settled: Settled): void {
  const { connection, resource, type, tries } = work
  const alarm = 'alarm' in settled ? settled.alarm : undefined
  const level = alarm === undefined ? 'info' : 'alarm'
  log({ level, message: 'delivery', connection, resource, type, tries, outcome: settled.kind, alarm })
}
