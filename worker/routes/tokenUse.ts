import { sourceOf } from '../auth/network.ts'
import { requestOf, type AppContext, type Job, type Parts } from '../context.ts'
import { lateSql, USE_EVERY, useSql, type Use } from '../store/tokenUse.ts'
import { afterwards } from './afterwards.ts'

/** How many tokens, each with the network it came from, an isolate remembers. */
const MOST_REMEMBERED = 1_000

/**
 * Takes the app's parts; gives what sees to it that the use of tokens is written down: at most hourly, and once however many requests
 * come at a time. What an isolate has seen written it does not ask about again.
 */
export function tokenUses(parts: Parts) {
  const written = new Map<string, number>()
  const noted = new WeakSet<Job>()
  const keyOf = (token: string, use: Pick<Use, 'from'>) => `${token} ${use.from?.network ?? ''}`
  const isWritten = (key: string, at: Date) =>
    at.getTime() - (written.get(key) ?? -Infinity) < USE_EVERY * 1_000
  const remember = (key: string, at: Date): void => {
    const [oldest] = written.keys()
    if (written.size >= MOST_REMEMBERED && oldest !== undefined) written.delete(oldest)
    written.set(key, at.getTime())
  }
  return {
    /** Takes a context and the id of the token that was shown; gives its use, of which all is still to be written. */
    begin: (c: AppContext, token: string): Use => {
      // Cloudflare says whose address it is, whatever the client sends.
      const from = sourceOf(c.req.header('cf-connecting-ip'))
      const known = isWritten(keyOf(token, { from }), c.get('at'))
      return { from, isWritten: known, left: known ? 'nothing' : 'use' }
    },
    /** Takes a context that has its answer, the token's id and its use; writes what the request's own batch did not. */
    end: async (c: AppContext, token: string, use: Use): Promise<void> => {
      const [key, at] = [keyOf(token, use), c.get('at')]
      if (use.left === 'taken' && !use.isWritten) remember(key, at)
      // A token that has ended was not used, and a database that is away is left alone.
      const isDue = use.left === 'late' || (use.left === 'use' && !isWritten(key, at))
      if (!isDue || c.res.status === 401 || c.res.status >= 500) return
      const { job } = c.env ?? {}
      if (job !== undefined) {
        // A bulk request is one use, however many of its operations come here, and they share its subrequests.
        if (noted.has(job)) return
        noted.add(job)
        job.trips += 1
      }
      if (!use.isWritten) remember(key, at)
      const request = requestOf(c)
      const late = use.left === 'late' ? [lateSql(request)] : []
      await afterwards(c, parts, 'unwritten', (database) =>
        database.write([...useSql(request), ...late]).catch((error: unknown) => {
          written.delete(key)
          throw error
        }),
      )
    },
  }
}
