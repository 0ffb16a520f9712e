import type { AppContext, Parts } from '../context.ts'
import type { Database } from '../store/database.ts'
import { describeError } from './answer.ts'

/**
 * Takes a context, the app's parts, the word of a failure for the log and what is to be written; lets it be written after the answer,
 * where the platform can, and else before it, to a database that is given up soon. The one way to write what no answer waits for. The
 * request's own line of the log may be written by then, so what fails has one of its own.
 */
export async function afterwards(
  c: AppContext,
  { log, openDatabase }: Parts,
  message: string,
  work: (database: Database) => Promise<unknown>,
): Promise<void> {
  const done = work(openDatabase('afterwards')).catch((error: unknown) => {
    log({ level: 'error', message, request: c.get('requestId'), ...describeError(error) })
  })
  try {
    c.executionCtx.waitUntil(done)
  } catch {
    await done
  }
}
