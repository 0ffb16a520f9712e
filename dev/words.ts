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

/** Takes how many people and groups; gives that they are due. */
export function areDue(count: number): string {
  return count === 1 ? '1 person or group is due' : `${count} people and groups are due`
}

/** Takes a text of somebody else's; gives it so that it does not move the cursor or turn what stands around it. */
export function plain(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
