import type { Attribute, ResourceType } from './schema.ts'
import { findExtension, findTopAttribute } from './resourceTypes.ts'
import { isJsonObject, isList, type Json, type JsonObject } from './json.ts'

/**
 * Takes a text; gives the form in which it is compared without regard to case, beyond ASCII too: "Straße" and
 * "STRASSE", "ΟΔΟΣ" and "οδος" fold to one. Letter by letter, so that the fold of a beginning is the beginning of
 * the fold. The dotless ı keeps apart from i, as in Unicode's default case folding.
 */
export function foldCase(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase()
  const letters = Array.from(text.normalize('NFKC').replace(INVISIBLE, ''), (letter) =>
    letter === 'ı' ? letter : letter.toLowerCase().toUpperCase().toLowerCase(),
  )
  return letters.join('').normalize('NFKC')
}

/** What nobody sees must not tell two names apart (Unicode, NFKC_Casefold). */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu

// oxlint-disable-next-line no-control-regex -- the whole of ASCII is meant
const ASCII = /^[\0-\x7f]*$/

/** Takes an attribute and a value of it; gives the value as it is compared: filters, sorts and uniqueness read this. */
export function foldValue(attribute: Attribute, value: Json): Json {
  if (isList(value)) return value.map((element) => foldValue(attribute, element))
  if (isJsonObject(value)) return foldMembers(value, (name) => findSub(attribute, name))
  if (typeof value !== 'string') return value
  if (attribute.type === 'dateTime') return new Date(value).toISOString()
  return attribute.type === 'string' && !attribute.caseExact ? foldCase(value) : value.normalize('NFC')
}

/** Takes a kind of resource and its document; gives the document as it is compared. */
export function foldDocument(type: ResourceType, document: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(document).map(([name, value]) => {
      const extension = findExtension(type, name)
      if (extension !== undefined && isJsonObject(value)) {
        const inner = (sub: string) => extension.attributes.find((candidate) => candidate.name === sub)
        return [name, foldMembers(value, inner)]
      }
      const attribute = findTopAttribute(type, name)
      return [name, attribute === undefined ? value : foldValue(attribute, value)]
    }),
  )
}

const findSub = (attribute: Attribute, name: string) =>
  attribute.subAttributes?.find((candidate) => candidate.name === name)

function foldMembers(object: JsonObject, find: (name: string) => Attribute | undefined): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => {
      const attribute = find(name)
      return [name, attribute === undefined ? value : foldValue(attribute, value)]
    }),
  )
}
