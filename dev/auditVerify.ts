import { headReader, publicKey } from '../worker/auth/head.ts'
import { listChains } from '../worker/store/segments.ts'
import type { Chain, Finding } from '../worker/sync/sealed.ts'
import { verifierOf } from '../worker/sync/verify.ts'
import type { SavedHeads } from './auditHeads.ts'
import { findConnection, type Place } from './place.ts'
import { readKeys } from './settings.ts'
import { formatTable, progress } from './table.ts'

/** What is wrong, in a word for the table. */
const WORDS: Readonly<Record<Finding['what'], string>> = {
  changed: 'changed',
  missing: 'missing',
  inserted: 'inserted',
  rebuilt: 'made anew',
  values: 'values',
  mac: 'wrong MAC',
  segment: 'seal',
  cut: 'cut off',
}

/**
 * Takes the database, the folder of the keys, the name of a connection or nothing for all, and heads that were saved; verifies the logs and tells what it
 * finds. The exit code is 1 where it finds something. Throws where there is no such connection, or the heads are none of the bridge's.
 */
export async function verify(
  place: Place,
  dataDir: string,
  name: string | undefined,
  saved: SavedHeads,
): Promise<void> {
  const only = name === undefined ? undefined : (await findConnection(place, name)).id
  const { keys, macKeys } = await readKeys(dataDir)
  const listed = (await listChains(place.database)).filter(
    ({ log, connection }) => log === 'acts' || only === undefined || connection === only,
  )
  // What was saved of a log that is not there at all any more is looked for as well.
  const gone = saved.chains.filter(
    (chain) => !listed.some((one) => isSame(one, chain)) && (only === undefined || chain.connection === only),
  )
  const chains = [...listed, ...gone.map((chain) => ({ ...chain, name: null, rows: 0 }))]
  const signed = [...keys.map(publicKey), ...saved.keys]
  const read = await Promise.all(saved.heads.map(headReader(signed)))
  if (read.some(({ kind }) => kind !== 'good'))
    throw new Error(
      '--heads: a head in it is not signed by the bridge: the file was changed, or is of another one.',
    )
  const findings: Finding[] = []
  const bar = progress(
    'rows',
    chains.reduce((sum, { rows }) => sum + rows, 0),
  )
  const { chain: verifyChain } = verifierOf({
    open: place.open,
    signed,
    macs: macKeys,
    saved: saved.heads,
    found: (finding) => findings.push(finding),
    passed: (rows) => bar.tick(rows),
  })
  const lines: string[] = []
  for (const chain of chains) {
    const { rows, sealed, unproven } = await verifyChain(chain)
    const without = unproven === 0 ? '' : `; ${unproven} have no MAC: the bridge had no key, or was older`
    lines.push(`${nameOf(chain)}: ${rows} rows, ${sealed} of them sealed${without}.`)
  }
  bar.end()
  if (findings.length > 0) {
    const called = (finding: Finding) =>
      nameOf(chains.find((chain) => isSame(chain, finding)) ?? { ...finding, name: null })
    const cells = findings.map((one) => [called(one), WORDS[one.what], one.id, one.words])
    console.log(`${formatTable(['log', 'what', 'id', 'why'], cells)}\n`)
    process.exitCode = 1
  }
  for (const line of lines) console.log(line)
  const against = saved.heads.length === 0 ? 'An end that was cut off shows only with --heads.' : ''
  console.log(
    findings.length === 0
      ? `All of it is as it was written. ${against}`.trim()
      : `${findings.length} findings: it was changed behind the bridge's back. ${against}`.trim(),
  )
}

function isSame(one: Chain, other: Chain): boolean {
  return one.log === other.log && one.connection === other.connection
}

function nameOf({ log, connection, name }: Chain & { readonly name: string | null }): string {
  return log === 'acts' ? 'acts' : (name ?? `connection ${connection}`)
}
