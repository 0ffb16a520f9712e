import * as v from 'valibot'
import type { PublicKey } from '../worker/auth/head.ts'
import type { End } from '../worker/store/segments.ts'
import type { Chain } from '../worker/sync/sealed.ts'

/** Heads that were saved: which logs they are of, the heads as they were signed, and the public keys of that time. */
export type SavedHeads = {
  readonly chains: readonly Chain[]
  readonly heads: readonly string[]
  readonly keys: readonly PublicKey[]
}

/** Nothing was saved. */
export const NO_HEADS: SavedHeads = { chains: [], heads: [], keys: [] }

const file = v.object({
  at: v.string(),
  keys: v.array(
    v.object({ kty: v.literal('OKP'), crv: v.literal('Ed25519'), x: v.string(), kid: v.string() }),
  ),
  heads: v.array(
    v.object({
      log: v.picklist(['changes', 'acts']),
      connection: v.string(),
      number: v.number(),
      jws: v.string(),
    }),
  ),
})

/** Takes the last heads, the public keys and the time; gives the text to save. */
export function writeHeads(heads: readonly End[], keys: readonly PublicKey[], at: Date): string {
  const kept: v.InferInput<typeof file> = {
    at: at.toISOString(),
    keys: [...keys],
    heads: heads.map(({ log, connection, number, jws }) => ({ log, connection, number, jws })),
  }
  return JSON.stringify(kept, null, 2)
}

/** Takes the text that was saved and the name of its file; gives the heads in it. Throws where there are none: nothing of the file is told. */
export function readHeads(text: string, name: string): SavedHeads {
  // `npm run` without -s puts lines of its own before it.
  const read = v.safeParse(
    v.pipe(v.string(), v.parseJson(), file),
    text.slice(Math.max(0, text.search(/^\{/m))),
  )
  if (!read.success) throw new Error(`--heads: ${name} was not written by npm run -s audit -- heads`)
  const { heads, keys } = read.output
  return {
    chains: heads.map(({ log, connection }) => ({ log, connection })),
    heads: heads.map(({ jws }) => jws),
    keys,
  }
}
