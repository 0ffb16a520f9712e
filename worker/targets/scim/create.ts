import type { JsonObject } from '../../scim/json.ts'
import type { Outcome } from '../target.ts'
import { readResource, type Shown } from './answers.ts'
import { bodyOf, sendable } from './changes.ts'
import { confirm } from './confirmed.ts'
import { later, type Heard, type Never } from './hear.ts'
import type { Kind } from './kinds.ts'
import { leafThrough, lookUp } from './pages.ts'
import { endpointTrouble, OTHER, readOne, type Service } from './service.ts'

/**
 * Takes a service, a kind and a document; looks it up by its name. Gives what was found, for the bridge to decide on,
 * trouble, or undefined where the service has none.
 */
export async function findOne(
  service: Service,
  kind: Kind,
  document: JsonObject,
): Promise<Outcome | undefined> {
  const name = document[kind.name]
  if (typeof name !== 'string' || name.trim() === '') {
    return { kind: 'never', words: `there is no ${kind.name} to give the target`, attribute: kind.name }
  }
  const looked = await lookUp(service, kind, name)
  if (looked.kind === 'later') return looked
  return looked.accounts.length > 0 ? { kind: 'found', accounts: looked.accounts } : undefined
}

/** Takes a service, a kind, a document and what is sent beside it, members perhaps; makes it (RFC 7644 §3.3). */
export function post(
  service: Service,
  kind: Kind,
  document: JsonObject,
  beside: JsonObject = {},
): Promise<Heard> {
  return service.ask('POST', kind.type.endpoint, { ...bodyOf(kind.type, sendable(document)), ...beside })
}

/** Takes what came of making something, and what tells that an answer is about it; gives the outcome. */
export async function posted(
  service: Service,
  kind: Kind,
  document: JsonObject,
  heard: Heard,
  names: (shown: JsonObject) => boolean,
): Promise<Outcome> {
  if (heard.kind === 'refused' && heard.status === 409) {
    return (await findOne(service, kind, document)) ?? duplicate(service, kind, document, heard.never)
  }
  if (heard.kind !== 'ok') return endpointTrouble(heard, kind.type.endpoint)
  const shown = await shownMade(service, kind, heard)
  if (shown?.id === undefined || !names(shown.document)) return later(OTHER, true)
  const wanted = sendable(document)
  return { kind: 'done', link: { remote: shown.id, confirmed: confirm(wanted, shown.document, wanted) } }
}

/** The answer SHOULD show what was made, and SHALL name its address (RFC 7644 §3.3): there it is read where it is not shown. */
async function shownMade(
  service: Service,
  kind: Kind,
  { body, location }: Extract<Heard, { kind: 'ok' }>,
): Promise<Shown | undefined> {
  const shown = readResource(body)
  if (shown?.id !== undefined) return shown
  const remote = location === undefined ? undefined : idIn(kind, location)
  if (remote === undefined) return undefined
  const read = await readOne(service, kind, remote)
  return read.kind === 'shown' ? read.shown : undefined
}

/** The id in an address, whatever host and base it names: it is looked for only where the service is. */
function idIn({ type }: Kind, location: string): string | undefined {
  const [path = ''] = location.split(/[?#]/)
  const segment = path.slice(path.lastIndexOf('/') + 1)
  if (!path.slice(0, path.lastIndexOf('/')).endsWith(type.endpoint)) return undefined
  try {
    return readResource({ id: decodeURIComponent(segment) })?.id
  } catch {
    return undefined
  }
}

/** How far a duplicate is searched for that the filter does not find. */
const PAGES = 5

/**
 * RFC 7644 §3.3: 409 is a duplicate. A filter that minds the case, against RFC 7643 §4.1.1, does not find it; or it is one
 * of another attribute.
 */
async function duplicate(service: Service, kind: Kind, document: JsonObject, never: Never): Promise<Outcome> {
  const name = document[kind.name]
  const looked = typeof name === 'string' ? await leafThrough(service, kind, name, PAGES) : undefined
  if (looked?.kind === 'looked' && looked.accounts.length > 0) {
    return { kind: 'found', accounts: looked.accounts }
  }
  return { scimType: 'uniqueness', ...never }
}
