import { inject } from 'vitest'
import * as v from 'valibot'
import { publicKey } from '../../worker/auth/head.ts'
import { newSecretKey, signingKeys, type SecretKeys } from '../../worker/auth/keys.ts'
import { openDatabase, sql, type Row } from '../../worker/store/database.ts'
import type { Finding } from '../../worker/sync/sealed.ts'
import { verifierOf, type Counts } from '../../worker/sync/verify.ts'
import { databaseUrl, readKeysOf, type World } from './world.ts'

/** What verifying came to: what was found, by what and id, and the counts of the connection's changes. */
export type Verified = { readonly found: readonly (readonly [string, string])[]; readonly counts: Counts }

/** Verifies the acts and the changes of a world, with its keys or others, against heads that were saved. */
export async function verify(
  { connection }: World,
  { saved = [], macs = readKeysOf().macKeys }: { saved?: readonly string[]; macs?: SecretKeys } = {},
): Promise<Verified> {
  const found: Finding[] = []
  const { chain } = verifierOf({
    open: () => openDatabase({ url: databaseUrl }),
    signed: v.parse(signingKeys, inject('tokenKeys')).map(publicKey),
    macs,
    saved,
    found: (finding) => found.push(finding),
    passed: () => undefined,
  })
  await chain({ log: 'acts', connection: '' })
  const counts = await chain({ log: 'changes', connection })
  return { found: found.map(({ what, id }) => [what, id]), counts }
}

/** Keys that nobody has used. */
export async function otherKeys(): Promise<SecretKeys> {
  return [await newSecretKey()]
}

const TABLES = ['changes', 'change_values', 'segments', 'acts', 'tombstones'] as const

/** Takes a copy of the logs as they are in the database; gives what puts them back, row by row, behind the app's back. */
export async function copyLogs({ database }: World): Promise<() => Promise<void>> {
  const copies: (readonly [string, readonly Row[]])[] = []
  for (const table of TABLES) {
    const [found] = await database.read([sql`SELECT * FROM ${sql.identifier(table)}`])
    copies.push([table, found ?? []])
  }
  return async () => {
    await openDatabase({ url: databaseUrl }).write(
      copies.flatMap(([table, all]) => [
        sql`DELETE FROM ${sql.identifier(table)}`,
        ...all.map((row) => {
          const entries = Object.entries(row).filter(([name]) => !/^\d+$/.test(name))
          const list = (parts: readonly ReturnType<typeof sql>[]) => sql.join([...parts], sql`, `)
          return sql`INSERT INTO ${sql.identifier(table)} (${list(entries.map(([name]) => sql`${sql.identifier(name)}`))})
            VALUES (${list(entries.map(([, value]) => sql`${value}`))})`
        }),
      ]),
    )
  }
}
