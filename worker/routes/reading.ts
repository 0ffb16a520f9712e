import type { AppContext } from '../context.ts'
import { ScimError } from '../scim/error.ts'
import { readingOf, type Reading } from '../scim/reading.ts'
import { locationOf } from '../scim/representation.ts'
import { userType } from '../scim/resourceTypes.ts'
import { isStrict, type Request } from '../store/admission.ts'
import type { Changed } from '../store/writing.ts'
import { asItStands } from './standing.ts'

/**
 * Takes a context, the base path and work that reads a body and writes what it says; does it. The body is read tolerantly first: only the
 * write itself learns that the connection is strict, and then refuses, and all is done anew with strict reading.
 */
export async function inItsReading<Done extends { readonly changed: Changed }>(
  c: AppContext,
  basePath: string,
  work: (request: Request, reading: Reading) => Promise<Done>,
): Promise<Done> {
  const once = (mode: 'tolerant' | 'strict') => {
    const reading = readingOf(mode, (id) => locationOf(`${c.get('origin')}${basePath}`, userType, id))
    c.set('quirks', reading.quirks)
    return asItStands(c, async (request) => {
      const done = await work({ ...request, reading }, reading)
      const { work: due, held = [] } = done.changed
      return { ...done, held, ...(due === undefined ? {} : { work: due }) }
    })
  }
  try {
    return await once('tolerant')
  } catch (error) {
    if (!isStrict(error)) throw error
    return once('strict')
  }
}

/** Takes a context. Throws 400 for a filter in the URL of a change: one resource is changed, the one that is named. */
export function refuseFilter(c: AppContext): void {
  if (c.req.query('filter') === undefined) return
  throw new ScimError(400, 'invalidFilter', `filter: expected none in the URL of a ${c.req.method}`)
}
