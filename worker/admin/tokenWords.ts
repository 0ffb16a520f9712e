import type { ShownToken } from './operations/tokens.ts'

const DAY = 86_400_000

/** Takes a time (ISO 8601) and now; gives it for a reader: the day, and how far away that is. */
export function timeWords(time: string, now: Date): string {
  const days = Math.round((Date.parse(time) - now.getTime()) / DAY)
  const away = days === 0 ? 'today' : days > 0 ? `in ${plural(days)}` : `${plural(-days)} ago`
  return `${time.slice(0, 10)}, ${away}`
}

const plural = (days: number) => (days === 1 ? '1 day' : `${days} days`)

/** Takes a token; gives what it may do. */
export function scopeWords({ scope, person }: Pick<ShownToken, 'scope' | 'person'>): string {
  if (person !== null) return 'reads one person'
  if (scope.length === 0) return 'everything of SCIM'
  return scope.join(', ')
}

/** Takes a token and now; gives when it ends, and what happens before. */
export function endWords(token: ShownToken, now: Date): string {
  const { expires, renewBy, slidingDays, replacedBy } = token
  if (expires === null) return 'does not end'
  const end = timeWords(expires, now)
  if (replacedBy !== null) return `is being replaced; ends ${end}`
  if (renewBy !== null && renewBy <= now.toISOString())
    return `only reads and deactivates since ${renewBy.slice(0, 10)}; ends ${end}`
  if (renewBy === null) return `ends ${end}`
  const sliding = slidingDays === null ? '' : ` (after ${slidingDays} days without use)`
  return `renew by ${timeWords(renewBy, now)}${sliding}; ends ${expires.slice(0, 10)}`
}

/** Takes a token and now; gives when it was last used and from which network. */
export function useWords({ lastUsed, lastUsedFrom }: ShownToken, now: Date): string {
  if (lastUsed === null) return 'never'
  return `${timeWords(lastUsed, now)}${lastUsedFrom === null ? '' : `, from ${lastUsedFrom}`}`
}
