/** Takes anything thrown; gives its words. */
export function words(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return words(error.errors[0])
  return error instanceof Error ? error.message : String(error)
}

/** Takes anything thrown; gives the words of its first cause: "connect ECONNREFUSED" rather than "fetch failed". */
export function reason(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? reason(error.cause) : words(error)
}

/** Takes a number and what is counted; gives both: "1 group", "2 groups". */
export function counted(count: number, one: string, more = `${one}s`): string {
  return `${count} ${count === 1 ? one : more}`
}
