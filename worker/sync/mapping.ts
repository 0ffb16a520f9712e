import type { JsonObject } from '../scim/json.ts'
import { applyMapping, readMapping, type ReadMapping } from '../scim/mapping.ts'
import type { ResourceType } from '../scim/schema.ts'
import type { Settings } from '../store/settings.ts'
import type { Work } from '../store/work.ts'
import { isLocked } from './wanted.ts'

/** The mappings that this isolate has read, by the settings that hold them: a run reads each once. */
const known = new WeakMap<Settings, ReadMapping>()

/** Takes how a connection is set up, and the kinds of resources; gives its mapping, or the faults that it has by now. */
export function mappingOf(settings: Settings, types: readonly ResourceType[]): ReadMapping {
  const before = known.get(settings)
  if (before !== undefined) return before
  const read = readMapping(types, settings.mapping)
  known.set(settings, read)
  return read
}

/**
 * Takes how a connection is set up and the kinds of resources; gives what maps a document of a kind, as deliveries do. A mapping that
 * does not fit any more maps nothing.
 */
export function mapperOf(
  settings: Settings,
  types: readonly ResourceType[],
): (name: string, document: JsonObject) => JsonObject {
  const read = mappingOf(settings, types)
  if (settings.mapping.length === 0 || read.kind === 'faults') return (_, document) => document
  return (name, document) => {
    const type = types.find((one) => one.name === name)
    return type === undefined ? document : applyMapping(type, read.mapping, document)
  }
}

/** A delivery in the target's terms, or the words for why its mapping cannot be used. */
export type MappedWork =
  { readonly kind: 'mapped'; readonly work: Work } | { readonly kind: 'faulty'; readonly words: string }

/**
 * Takes a delivery, how its connection is set up, and the kinds of resources; gives the delivery with every document as the target
 * gets it. What the resource was before stays: it is for the provider.
 */
export function mapWork(work: Work, settings: Settings, types: readonly ResourceType[]): MappedWork {
  if (settings.mapping.length === 0) return { kind: 'mapped', work }
  const read = mappingOf(settings, types)
  if (read.kind === 'faults') {
    const words = `the attribute mapping does not fit the schemas any more: ${read.faults.join('; ')}`
    return { kind: 'faulty', words: words.slice(0, 1_000) }
  }
  const type = types.find(({ name }) => name === work.type)
  if (type === undefined) throw new Error(`no kind of resource ${work.type}`)
  const mapped = (document: JsonObject) => applyMapping(type, read.mapping, document)
  const { document, last, making, events } = work
  return {
    kind: 'mapped',
    work: {
      ...work,
      document: document && mapped(document),
      last: last && mapped(last),
      making: making.map((one) => ({ ...one, document: mapped(one.document) })),
      events: events.map((event) => ({ ...event, document: event.document && mapped(event.document) })),
    },
  }
}

/**
 * Takes a delivery whose mapping cannot be used; gives it with the one thing that needs none: that somebody loses access. The
 * account keeps everything else. Undefined where the delivery has to wait.
 */
export function withoutMapping(work: Work): Work | undefined {
  const { type, document, link } = work
  const losesAccess =
    type === 'User' && (document === undefined || document['active'] === false || isLocked(work))
  // Who is not linked is looked for by a name, and that is what the mapping may say.
  if (!losesAccess || link === undefined) return undefined
  const kept = { ...link.confirmed, active: false }
  return document === undefined ? { ...work, last: kept } : { ...work, document: kept }
}
