import { digestOf } from '../auth/digest.ts'
import type { Head, ReadHead } from '../auth/head.ts'
import { changeOf, type Log, type LoggedRow } from '../store/logs.ts'
import { readEntries, type Segment } from '../store/segments.ts'
import type { Evidence } from './evidence.ts'
import { rowDigest, valuesDigest } from './sealing.ts'

/** Which log of which connection; of acts there is one, whose connection is empty. */
export type Chain = { readonly log: Log; readonly connection: string }

/**
 * What is wrong with a log. A row was changed, is missing, was inserted, or was taken away and made anew (`rebuilt`); its values were changed or are
 * gone; its MAC is wrong; a sealed segment was altered; the end was cut off or the chain made anew, which only a head shows that was saved before.
 */
export type Finding = Chain & {
  readonly what: 'changed' | 'missing' | 'inserted' | 'rebuilt' | 'values' | 'mac' | 'segment' | 'cut'
  /** The id of the row, or the segment. */
  readonly id: string
  readonly words: string
}

/** The segment before: its number, its head as it was signed, and whether it was. */
export type Before = { readonly number: number; readonly jws: string; readonly isGood: boolean }

/** What looking at a segment takes: what reads heads, what acts say, and where what is found is told. */
export type Looking = {
  readonly read: (jws: string) => Promise<ReadHead>
  readonly known: Evidence
  readonly found: (finding: Finding) => void
}

/**
 * Takes a segment and the one before; gives what is wrong with it, in words; its head, which is what was signed, or, where nothing was, what stands in its row; whether the list of its rows is
 * the one whose hash was signed; and whether it was signed at all.
 */
export async function readSegment(
  { read }: Pick<Looking, 'read'>,
  segment: Segment,
  before: Before,
): Promise<{
  readonly words: readonly string[]
  readonly head: Head
  readonly isListed: boolean
  readonly isSigned: boolean
}> {
  const { log, connection, number, first, last, count, hash, previous, at } = segment
  const kept: Head = { log, connection, number, first, last, count, hash, previous, at }
  const signed = await read(segment.jws)
  if (signed.kind === 'unknown')
    return {
      words: [`its head is signed by a key that is not here: ${signed.kid}`],
      head: kept,
      isListed: false,
      isSigned: false,
    }
  if (signed.kind === 'bad')
    return { words: ['its head is not signed by the bridge'], head: kept, isListed: false, isSigned: false }
  const { head } = signed
  const isSame = Object.entries(kept).every(([name, value]) => Reflect.get(head, name) === value)
  const isMine = head.log === log && head.connection === connection && head.number === number
  const isNext = number === before.number + 1
  const hangs = head.previous === (before.jws === '' ? '' : await digestOf(before.jws))
  const isListed = isMine && (segment.rows === null || (await digestOf(segment.rows)) === head.hash)
  const words = [
    ...(isNext ? [] : [`what comes before it is missing: segment ${before.number + 1}`]),
    ...(isSame && segment.kid === signed.kid ? [] : ['it is not what its head says']),
    // What is wrong with the one before is told of that one.
    ...(isNext && before.isGood && !hangs ? ['it does not hang on the one before'] : []),
    ...(isListed ? [] : ['the list of its rows was altered']),
  ]
  return { words, head: isMine ? head : kept, isListed, isSigned: isMine }
}

/** Takes a chain, the list of what was sealed, and the rows that are there; tells where they differ. What is there under another number was made anew. */
export async function compare(
  tools: Looking,
  chain: Chain,
  sealed: string,
  rows: readonly LoggedRow[],
): Promise<void> {
  const { found, known } = tools
  const entries = readEntries(sealed) ?? []
  const there = new Map(rows.map((row) => [row.seq, row]))
  const [lost, odd] = [new Set<string>(), new Map(rows.map((row) => [row.seq, row.id]))]
  for (const [seq, id, digest, values] of entries) {
    const row = there.get(seq)
    if (row === undefined || row.id !== id) {
      lost.add(id)
      continue
    }
    odd.delete(seq)
    if ((await rowDigest(row)) !== digest)
      found({ ...chain, what: 'changed', id, words: 'it is not as it was when it was sealed' })
    const words = await valuesFault(row, values, known)
    if (words !== undefined) found({ ...chain, what: 'values', id, words })
  }
  for (const [seq, id] of odd) {
    const isAnew = lost.delete(id)
    const words = isAnew
      ? `it was made anew, as number ${seq}`
      : `it was not there when its place, ${seq}, was sealed`
    found({ ...chain, what: isAnew ? 'rebuilt' : 'inserted', id, words })
  }
  for (const id of lost) found({ ...chain, what: 'missing', id, words: 'it was sealed, and is gone' })
}

async function valuesFault(
  row: LoggedRow,
  sealed: string | null,
  known: Evidence,
): Promise<string | undefined> {
  const { values } = row
  if (sealed === null)
    return values === undefined ? undefined : 'its values were put there after it was sealed'
  if (values === undefined) {
    const resource = changeOf(row)?.resource
    return resource !== undefined && known.isErased(row.connection, resource)
      ? undefined
      : 'its values are gone, and nobody was erased'
  }
  if (values.salt !== null && (await valuesDigest(values.salt, values)) === sealed) return undefined
  return 'its values are not those that were sealed'
}
