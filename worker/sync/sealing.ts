import { digestOf } from '../auth/digest.ts'
import { signHead } from '../auth/head.ts'
import type { SigningKeys } from '../auth/keys.ts'
import { newSalt, saltedDigest } from '../auth/proof.ts'
import type { SQL } from '../store/database.ts'
import type { Log, LoggedRow, LoggedValues } from '../store/logs.ts'
import {
  insertSegment,
  saltValues,
  type End,
  type Entry,
  type Segment,
  type Unsealed,
} from '../store/segments.ts'

/** Takes a row of a log; gives the SHA-256 of its canonical form: all its cells in order, as JSON. */
export function rowDigest({ cells }: LoggedRow): Promise<string> {
  return digestOf(JSON.stringify(cells))
}

/** Takes the values of a change and their salt; gives their digest. */
export function valuesDigest(salt: string, { texts }: LoggedValues): Promise<string> {
  return saltedDigest(salt, texts)
}

/**
 * Takes the signing keys, what is to be sealed, and when; gives the statements that seal it: a segment for each chain, whose head is signed and hangs on the
 * one before. What an entry of it proves of a row: all that stands in it, its place in the order, and its values, until they are erased.
 */
export async function sealSql(
  keys: SigningKeys,
  { rows, ends }: Unsealed,
  at: Date,
): Promise<readonly SQL[]> {
  const statements: SQL[] = []
  for (const [, mine] of Map.groupBy(rows, ({ log, connection }) => `${log} ${connection}`)) {
    const [one] = mine
    if (one === undefined) continue
    const entries: Entry[] = []
    for (const row of mine) {
      const salt = row.values === undefined ? undefined : (row.values.salt ?? newSalt())
      if (row.values?.salt === null && salt !== undefined) statements.push(saltValues(row.id, salt))
      const values =
        row.values === undefined || salt === undefined ? null : await valuesDigest(salt, row.values)
      entries.push([row.seq, row.id, await rowDigest(row), values])
    }
    const end = ends.find(({ log, connection }) => log === one.log && connection === one.connection)
    statements.push(insertSegment(await segmentOf(keys, one, end, entries, at)))
  }
  return statements
}

async function segmentOf(
  keys: SigningKeys,
  { log, connection, seq: first }: { readonly log: Log; readonly connection: string; readonly seq: number },
  end: End | undefined,
  entries: readonly Entry[],
  at: Date,
): Promise<Segment> {
  const rows = JSON.stringify(entries)
  const head = {
    log,
    connection,
    number: (end?.number ?? 0) + 1,
    first,
    last: entries.at(-1)?.[0] ?? first,
    count: entries.length,
    hash: await digestOf(rows),
    previous: end === undefined ? '' : await digestOf(end.jws),
    at: at.toISOString(),
  }
  return { ...head, kid: keys[0].kid, jws: await signHead(keys, head), rows }
}
