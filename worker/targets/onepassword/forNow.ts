import { retryAfterOf } from '../outbound.ts'
import type { Later } from '../target.ts'

/** Takes a status; says whether another try may be answered otherwise. */
export const isForNow = (status: number): boolean =>
  status === 408 || status === 425 || status === 429 || status >= 500

/** Takes an outcome and the headers of the answer; gives it with the time that Retry-After asks for. */
export function asAsked(outcome: Later, headers: Headers): Later {
  const seconds = retryAfterOf(headers, new Date())
  return seconds === undefined ? outcome : { ...outcome, retryAfter: seconds }
}
