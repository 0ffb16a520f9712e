/**
 * Takes the operations of a job that are not carried out yet, in the order sent, those of them that must come before all
 * others, and what gives the ones that an operation names; gives the next to carry out (RFC 7644 §3.7), and after it the
 * others of its circle, if it is in one. The next is the first sent, but after all that it needs, in turn. Of a circle it is
 * the first sent, as soon as nothing outside the circle is needed for it.
 */
export function nextOperations<Operation>(
  pending: readonly Operation[],
  before: readonly Operation[],
  needs: (operation: Operation) => readonly Operation[],
): readonly Operation[] {
  const withNeeds = (operations: readonly Operation[]): readonly Operation[] => {
    const found = new Set(operations)
    // A set is gone through with what is added on the way.
    for (const operation of found) for (const needed of needs(operation)) found.add(needed)
    return pending.filter((operation) => found.has(operation))
  }
  let all = withNeeds(before.length > 0 ? before : pending.slice(0, 1))
  for (;;) {
    // Those of one circle need the same; what needs less is outside of it, or comes before.
    const { length } = all
    const inner = all.map((operation) => withNeeds([operation])).find((needed) => needed.length < length)
    if (inner === undefined) return all
    all = inner
  }
}
