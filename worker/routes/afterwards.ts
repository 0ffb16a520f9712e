import type { AppContext, Parts } from '../context.ts'
import { describeError } from './answer.ts'

/**
 * Takes a context, the app's parts, the word of a failure for the log and something to be done; lets it be done after the answer,
 * where the platform can, and else before it. A read writes nothing in its own trip: what it has to count is written so. The
 * request's own line of the log may be written by then, so what fails has one of its own.
 */
export async function afterwards(
  c: AppContext,
  { log }: Parts,
  message: string,
  work: Promise<unknown>,
): Promise<void> {
  const done = work.catch((error: unknown) => {
    log({ level: 'error', message, request: c.get('requestId'), ...describeError(error) })
  })
  try {
    c.executionCtx.waitUntil(done)
  } catch {
    await done
  }
}
