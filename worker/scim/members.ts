/** One operation on the members of a group, by ids. */
export type MembersOperation = { readonly op: 'add' | 'remove' | 'replace'; readonly ids: readonly string[] }

/**
 * What the members of a group are to be: those there now stay (`keep`) or go (`empty`), then some are added and removed.
 * `named` are the ids each add and replace named, for the rule that one which names only strangers is refused.
 */
export type MembersChange = {
  readonly base: 'keep' | 'empty'
  readonly add: readonly string[]
  readonly remove: readonly string[]
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
  for (const { op, ids } of operations) {
    if (op === 'replace') {
      base = 'empty'
      add.clear()
      remove.clear()
    }
    const [into, outOf] = op === 'remove' ? [remove, add] : [add, remove]
    for (const id of ids) {
      into.add(id)
      outOf.delete(id)
    }
  }
  const named = operations.filter(({ op, ids }) => op !== 'remove' && ids.length > 0).map(({ ids }) => ids)
  return { base, add: [...add], remove: [...remove], named }
}
