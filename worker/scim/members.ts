import type { ElementFilter } from './filter.ts'
import { foldCase } from './fold.ts'
import type { Attribute } from './schema.ts'

/** One operation on the members of a group: by ids, or by a filter that finds those to remove. */
export type MembersOperation =
  | { readonly op: 'add' | 'remove' | 'replace'; readonly ids: readonly string[] }
  | { readonly op: 'remove'; readonly filter: ElementFilter<Attribute> }

/** A filter whose members go, and those whom an add named after it, before the next filter. */
export type FoundMembers = { readonly filter: ElementFilter<Attribute>; readonly spared: readonly string[] }

/**
 * What the members of a group are to be: those there now stay (`keep`) or go (`empty`), then some are added and removed,
 * and those `found` go, of the ones added before too. `named` are the ids each add and replace named, for the rule that one
 * which names only strangers is refused.
 */
export type MembersChange = {
  readonly base: 'keep' | 'empty'
  readonly add: readonly string[]
  readonly remove: readonly string[]
  readonly found: readonly FoundMembers[]
  readonly named: readonly (readonly string[])[]
}

/**
 * Takes operations in order; gives the one change that has their end, whatever their number. Members are a set: adding
 * who is in and removing who is not are no change.
 */
export function membersChange(operations: readonly MembersOperation[]): MembersChange | undefined {
  if (operations.length === 0) return undefined
  let base: MembersChange['base'] = 'keep'
  const add = new Set<string>()
  const remove = new Set<string>()
  const found: { readonly filter: ElementFilter<Attribute>; readonly spared: Set<string> }[] = []
  const named: (readonly string[])[] = []
  for (const operation of operations) {
    if ('filter' in operation) {
      found.push({ filter: operation.filter, spared: new Set() })
      continue
    }
    const { op, ids } = operation
    if (op !== 'remove' && ids.length > 0) named.push(ids)
    if (op === 'replace') {
      base = 'empty'
      add.clear()
      remove.clear()
      found.length = 0
    }
    const [into, outOf] = op === 'remove' ? [remove, add] : [add, remove]
    for (const id of ids) {
      into.add(id)
      outOf.delete(id)
      if (op !== 'remove') found.at(-1)?.spared.add(id)
    }
  }
  return {
    base,
    add: [...add],
    remove: [...remove],
    found: found.map(({ filter, spared }) => ({ filter, spared: [...spared] })),
    named,
  }
}

/** Takes ids of members; gives them as they are and folded: `members.value` is matched in any case, and ids are in small letters. */
export function inAnyCase(ids: readonly string[]): readonly string[] {
  return [...new Set(ids.flatMap((id) => [id, foldCase(id)]))]
}
