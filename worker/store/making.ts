import * as v from 'valibot'
import { isObject, type JsonObject } from '../scim/json.ts'
import { sql, type SQL } from './database.ts'
import type { Work } from './work.ts'

/** A document with which a resource may have been made at the target. `isSent`: the request that makes it went out, and nobody knows what came of it. */
export type Making = { readonly document: JsonObject; readonly isSent: boolean }

const kept = v.custom<JsonObject>(isObject)

/** The column, read. */
export const making = v.nullable(
  v.pipe(
    v.string(),
    v.parseJson(),
    v.array(
      v.union([
        v.object({ document: kept, isSent: v.boolean() }),
        // As it was kept at first: nobody knows whether it was sent.
        v.pipe(
          kept,
          v.transform((alone): Making => ({ document: alone, isSent: false })),
        ),
      ]),
    ),
  ),
)

/** How many documents are kept at the most, and of how many letters together: a row must fit into an answer. */
const MOST = 10
const MOST_LETTERS = 500_000

/** What is kept of the documents with which something may have been made, and whether one had to be left out. */
export type Kept = { readonly list: readonly Making[]; readonly isCut: boolean }

/**
 * Takes a delivery, and whether the request that makes it went out in this try (undefined: nobody knows); gives the documents with
 * which it may have been made now, each once, the last tried last. None where it is linked.
 */
export function keptOf(work: Work, sent: 'sent' | 'unsent' | undefined): Kept {
  if (work.link !== undefined) return { list: [], isCut: false }
  const earlier = earlierOf(work)
  const { document } = work
  const own = document === undefined || sent === 'unsent' ? [] : [{ document, isSent: sent === 'sent' }]
  const merged = new Map<string, Making>()
  for (const one of [...earlier, ...own]) {
    const text = JSON.stringify(one.document)
    const isSent = one.isSent || merged.get(text)?.isSent === true
    merged.delete(text)
    merged.set(text, { document: one.document, isSent })
  }
  const list: Making[] = []
  let letters = 0
  for (const [text, one] of [...merged].toReversed()) {
    letters += text.length
    if (list.length >= MOST || letters > MOST_LETTERS) return { list, isCut: true }
    list.unshift(one)
  }
  return { list, isCut: false }
}

/** Takes a delivery; gives the documents of its earlier tries. */
export function earlierOf({ document, link, making: all }: Work): readonly Making[] {
  // A try with a document has put it at the end.
  return document === undefined || link !== undefined ? all : all.slice(0, -1)
}

/** Takes what is kept; gives the value of the column. */
export function makingValue({ list }: Kept): SQL {
  return list.length === 0 ? sql`NULL` : sql`${JSON.stringify(list)}`
}
