import type { SigningKeys } from '../auth/keys.ts'
import { actSql, type SignAct } from '../store/acts.ts'
import { WriteRefused, type Database, type SQL } from '../store/database.ts'
import { eraseSql, isErased } from '../store/erase.ts'
import { expireSql, overSql, readOver, type Over } from '../store/keeping.ts'
import { readUnsealed, unsealedSql } from '../store/segments.ts'
import { sealSql } from './sealing.ts'

/** How many rows of each log are sealed with one request to the database, and how many people and segments are let go. */
const MOST_ROWS = 500
const MOST_OVER = 50

/** What one round takes: what is to be sealed is read, and the seals are written. */
const ROUND = 2

/** How many rounds a run makes at the most. */
const MOST_ROUNDS = 10

/** Who has acted, where it was nobody. */
export const CRON = 'cron'

/** The names of the acts of cron. */
export const EXPIRE = 'changes.expire'
export const ERASE = 'person.erase'

/** What keeping the logs takes: the database, the keys that sign heads, what makes the MACs of acts, the clock, ids, and what says whether so many requests fit. */
export type Keeping = {
  readonly database: () => Database
  readonly keys: SigningKeys
  readonly signAct: SignAct | undefined
  readonly fits: (requests: number) => boolean
  readonly now: () => Date
  readonly newId: () => string
}

/** What was done: rows sealed, people erased, and whether another run got in between, which has done the same. */
export type Kept = { readonly sealed: number; readonly erased: number; readonly isOvertaken: boolean }

/**
 * Takes what it needs; seals what was written to the logs since the last run, and lets go what the connections keep no longer: people are erased and segments
 * expire, each as an act of its own. Two requests to the database a round, one where there is nothing to do, and none where they do not fit.
 */
export async function keepLogs(keeping: Keeping): Promise<Kept> {
  const kept = { sealed: 0, erased: 0 }
  for (let round = 0; round < MOST_ROUNDS && keeping.fits(ROUND); round += 1) {
    const at = keeping.now()
    const seals = unsealedSql(MOST_ROWS)
    // One database for both requests: it gives up some time after it was opened.
    const database = keeping.database()
    const answers = await database.read([...seals, ...overSql(at, MOST_OVER)])
    const unsealed = readUnsealed(answers.slice(0, seals.length), MOST_ROWS)
    const over = readOver(answers.slice(seals.length))
    const statements = [
      ...(await sealSql(keeping.keys, unsealed, at)),
      ...(await overSqlOf(keeping, over, at)),
    ]
    if (statements.length === 0) break
    try {
      await database.write(statements)
    } catch (error) {
      if (error instanceof WriteRefused) return { ...kept, isOvertaken: true }
      throw error
    }
    kept.sealed += unsealed.rows.length
    kept.erased += over.people.length
    if (!unsealed.isMore) break
  }
  return { ...kept, isOvertaken: false }
}

/** The statements that let go what is over, each with the row of its act: whoever verifies the log knows by it that nobody else has done it. */
async function overSqlOf(
  { signAct, newId }: Pick<Keeping, 'signAct' | 'newId'>,
  { people, expired }: Over,
  at: Date,
): Promise<readonly SQL[]> {
  const by = { at: at.toISOString(), who: CRON, reason: 'its time is over', details: undefined }
  const statements: SQL[] = []
  for (const person of people) {
    const { connection, id } = person
    const act = { ...by, request: newId(), connection, action: ERASE, subject: id }
    statements.push(...eraseSql(person, at), await actSql(act, signAct, isErased(person, at)))
  }
  for (const part of expired) {
    const { connection, number } = part
    const act = { ...by, request: newId(), connection, action: EXPIRE, subject: String(number) }
    statements.push(...expireSql(part), await actSql(act, signAct))
  }
  return statements
}
