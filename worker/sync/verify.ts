import { headReader, type PublicKey } from '../auth/head.ts'
import type { SecretKeys } from '../auth/keys.ts'
import type { Database } from '../store/database.ts'
import type { LoggedRow } from '../store/logs.ts'
import { listLogged, listSegments } from '../store/segments.ts'
import { evidence } from './evidence.ts'
import { rowProver, type Proven } from './provenRow.ts'
import { compare, readSegment, type Before, type Chain, type Finding, type Looking } from './sealed.ts'

/** What a chain came to: how many rows were looked at, how many of these are sealed, and how many have no MAC. */
export type Counts = { readonly rows: number; readonly sealed: number; readonly unproven: number }

/** What verifying takes: what opens the database, the keys, old ones too, heads that were saved before, and where what is found and how far it is are told. */
export type Verifying = {
  readonly open: () => Database
  readonly signed: readonly PublicKey[]
  readonly macs: SecretKeys
  readonly saved: readonly string[]
  readonly found: (finding: Finding) => void
  readonly passed: (rows: number) => void
}

/** Verifies chains: acts first, as they say who was erased and what has expired. */
export type Verifier = { readonly chain: (chain: Chain) => Promise<Counts> }

const SEGMENTS = 50
const ROWS = 500

/**
 * Takes what it needs; gives what verifies the logs, chain by chain. Of the sealed rows it finds whatever was done to them behind the bridge's back; of those
 * behind the last seal only what their MACs show; and of an end that was cut off only what a saved head shows.
 */
export function verifierOf(verifying: Verifying): Verifier {
  const read = headReader(verifying.signed)
  const prove = rowProver(verifying.macs)
  const known = evidence()
  return { chain: (chain) => verifyChain({ ...verifying, read, prove, known }, chain) }
}

type Tools = Verifying & Looking & { readonly prove: (row: LoggedRow) => Promise<Proven> }

async function verifyChain(tools: Tools, chain: Chain): Promise<Counts> {
  const { open, found, known } = tools
  const counts = { rows: 0, sealed: 0, unproven: 0 }
  if (known.isDeleted(chain)) return counts
  const rows = rowsOf(tools, chain, counts)
  let before: Before = { number: 0, jws: '', isGood: true }
  const heads = new Map<number, string>()
  for (;;) {
    const page = await listSegments(open(), chain, before.number, SEGMENTS)
    for (const segment of page) {
      const of = { ...chain, what: 'segment', id: `segment ${segment.number}` } as const
      const { words, head, isListed, isSigned } = await readSegment(tools, segment, before)
      const mine = await rows.upTo(head.last)
      const isUnlisted = segment.rows === null && !known.hasExpired(chain, segment.number)
      const faults = [
        ...words,
        ...(isUnlisted ? ['the list of its rows is gone, and it has not expired'] : []),
        ...(isListed || isUnlisted
          ? []
          : [`whether rows ${head.first} to ${head.last} are as they were cannot be said`]),
      ]
      if (faults.length > 0) found({ ...of, words: faults.join('; ') })
      // What is left of one that has expired is the last change of each resource.
      if (isListed && segment.rows !== null) {
        // Those of a segment that is missing are of that one.
        const isGap = segment.number !== before.number + 1
        await compare(tools, chain, segment.rows, isGap ? mine.filter(({ seq }) => seq >= head.first) : mine)
      }
      counts.sealed += mine.length
      heads.set(segment.number, segment.jws)
      before = { number: segment.number, jws: segment.jws, isGood: isSigned }
    }
    if (page.length < SEGMENTS) break
  }
  await rows.upTo(undefined)
  for (const { jws, number } of await savedOf(tools, chain)) {
    if (heads.get(number) === jws) continue
    const words = heads.has(number)
      ? 'it is not the one whose head was saved'
      : 'its head was saved, and it is gone'
    found({ ...chain, what: 'cut', id: `segment ${number}`, words })
  }
  return counts
}

/** The rows of a chain in their order, each looked at by itself as it comes: its MAC, and, of an act, what it says of others. */
function rowsOf(tools: Tools, chain: Chain, counts: { rows: number; unproven: number }) {
  const { open, passed, prove, known, found } = tools
  let [queue, after, isOver, isProven]: [LoggedRow[], number, boolean, boolean] = [
    [],
    // A row that was put in front of the first has a number below 1.
    Number.MIN_SAFE_INTEGER,
    false,
    false,
  ]
  const look = async (row: LoggedRow): Promise<void> => {
    counts.rows += 1
    const proven = await prove(row)
    if (proven.kind === 'none') counts.unproven += 1
    if (proven.kind === 'bad') found({ ...chain, what: 'mac', id: row.id, words: proven.words })
    // Commands of earlier versions make acts without one.
    if (proven.kind === 'none' && isProven && chain.log === 'changes')
      found({ ...chain, what: 'mac', id: row.id, words: 'it has no MAC, and those before it have' })
    if (proven.kind === 'good' || (proven.kind === 'none' && !isProven)) known.learn(row)
    isProven ||= proven.kind === 'good'
  }
  const upTo = async (seq: number | undefined): Promise<readonly LoggedRow[]> => {
    const taken: LoggedRow[] = []
    for (;;) {
      const next = queue[0]
      if (next === undefined) {
        if (isOver) return taken
        queue = [...(await listLogged(open(), chain, after, undefined, ROWS))]
        isOver = queue.length === 0
        after = queue.at(-1)?.seq ?? after
        passed(queue.length)
        continue
      }
      if (seq !== undefined && next.seq > seq) return taken
      queue = queue.slice(1)
      await look(next)
      // Nobody asks for those behind the last seal.
      if (seq !== undefined) taken.push(next)
    }
  }
  return { upTo }
}

/** Heads that were saved before, of this chain. One that the bridge has not signed says nothing. */
async function savedOf({ saved, read }: Tools, { log, connection }: Chain) {
  const all = await Promise.all(saved.map(async (jws) => ({ jws, signed: await read(jws) })))
  return all.flatMap(({ jws, signed }) =>
    signed.kind === 'good' && signed.head.log === log && signed.head.connection === connection
      ? [{ jws, number: signed.head.number }]
      : [],
  )
}
