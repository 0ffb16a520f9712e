import { ScimError } from './error.ts'
import { foldDocument } from './fold.ts'
import { isJsonObject, type JsonObject } from './json.ts'
import { groupType, userType } from './resourceTypes.ts'
import { readResource, withDefaults } from './resource.ts'
import type { ResourceType } from './schema.ts'

/**
 * An account as it is kept here. `seeded` is what the target is held to have: what it shows, and the names that were made up
 * for the provider, so that nobody brings them there.
 */
export type Imported = {
  readonly document: JsonObject
  readonly folded: JsonObject
  readonly seeded: JsonObject
}

/**
 * Takes a kind and what a target shows of an account or group; gives it as it is kept. What does not fit its attribute is left
 * out, so that nothing a target shows fails an import; undefined where it has no name at all. Okta's import needs a given
 * and a family name of everybody: they are made of the other names where the target shows none.
 */
export function readImported(kind: 'User' | 'Group', shown: JsonObject): Imported | undefined {
  const type = kind === 'User' ? userType : groupType
  const read = readWhole(type, shown) ?? readParts(type, shown)
  if (read === undefined) return undefined
  const plain = withDefaults(type, read)
  const document = kind === 'User' ? withNames(plain) : plain
  const seeded = document === plain ? shown : { ...shown, name: document['name'] ?? {} }
  return { document, folded: foldDocument(type, document), seeded }
}

function readWhole(type: ResourceType, shown: JsonObject): JsonObject | undefined {
  try {
    return readResource(type, shown).document
  } catch (error) {
    if (error instanceof ScimError) return undefined
    throw error
  }
}

/** One attribute at a time, each beside the name without which there is no resource. */
function readParts(type: ResourceType, shown: JsonObject): JsonObject | undefined {
  const key = type.isPerson ? 'userName' : 'displayName'
  const [, name] = Object.entries(shown).find(([each]) => each.toLowerCase() === key.toLowerCase()) ?? []
  const bare = name === undefined ? undefined : readWhole(type, { [key]: name })
  if (bare === undefined) return undefined
  return Object.entries(shown).reduce<JsonObject>((kept, [attribute, value]) => {
    const one = readWhole(type, { [key]: name ?? '', [attribute]: value })
    return one === undefined ? kept : { ...kept, ...one }
  }, bare)
}

function withNames(document: JsonObject): JsonObject {
  const name = document['name']
  const known: JsonObject = isJsonObject(name) ? name : {}
  if (typeof known['givenName'] === 'string' && typeof known['familyName'] === 'string') return document
  const text = (value: unknown) => (typeof value === 'string' ? value.trim() : '')
  const local = text(document['userName']).split('@')[0] ?? ''
  const whole = text(document['displayName']) || text(known['formatted']) || local.replaceAll(/[._-]+/g, ' ')
  const words = whole.split(/\s+/).filter((word) => word !== '')
  const givenName = text(known['givenName']) || words[0] || text(document['userName'])
  const familyName = text(known['familyName']) || words.slice(1).join(' ') || givenName
  return { ...document, name: { ...known, givenName, familyName } }
}
