import { requestOf, type AppContext } from '../context.ts'
import { ScimError } from '../scim/error.ts'
import type { Need } from '../store/admission.ts'
import { checkAdmission } from '../store/resources.ts'
import type { ResourceType } from '../scim/schema.ts'

/** What a handler works on: its kind of resource (none: all kinds), what its token must allow, and the id if it has one. */
export type Subject = {
  readonly type: ResourceType | undefined
  readonly access: Need['access']
  readonly id?: string
}

/**
 * Takes a context, what the handler works on, and the handler's work; does the work. Refusals come in a fixed order: 401,
 * 400 (not readable), 403, 404, 400 (value), 409. What is wrong with a body is known before the database has been
 * asked, so here the database is asked, once, for any refusal that comes before it.
 */
export async function inOrder(
  c: AppContext,
  subject: Subject,
  work: () => Promise<Response>,
): Promise<Response> {
  c.set('resource', subject.id)
  if (subject.id !== undefined) c.set('notes', { ...c.get('notes'), resource: loggable(subject.id) })
  try {
    return await work()
  } catch (error) {
    const unasked = c.get('database').trips() === 0
    if (unasked) {
      const isRead = error instanceof ScimError && !isUnreadable(error)
      await checkAdmission(c.get('database'), requestOf(c), isRead ? subject : undefined)
    }
    throw error
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Takes what a client gave as an id; gives it where it is an id of this bridge. Anything else might be a name, and no log holds one. */
export function loggable(id: string): string {
  return UUID.test(id) ? id : 'not an id of this bridge'
}

const isUnreadable = ({ status, scimType }: ScimError) =>
  status === 413 || status === 415 || scimType === 'invalidSyntax'
