import { randomUUID } from 'node:crypto'
import { Mismatch } from './answer.ts'
import { equals } from './calls.ts'
import type { Client } from './calls.ts'
import { readList } from './resource.ts'

/** Looks somebody up whose userName is made up for it: 200 with an empty list, never 404. */
export const lookUpNobody = async ({ provider, send }: Client): Promise<void> => {
  const answer = await send(provider.lookUp('/Users', equals('userName', randomUUID())))
  const { totalResults, resources } = readList(answer)
  if (totalResults === 0 && resources.length === 0) return
  throw new Mismatch(answer.request, 'an empty list', `${totalResults} of which ${resources.length} shown`)
}
