import type { AttributeRef } from './attributeRef.ts'
import { isBlank, valueAt } from './constraints.ts'
import { edit, type Edit } from './edit.ts'
import { ScimError } from './error.ts'
import type { Json, JsonObject } from './json.ts'
import { leafOf, pathOf, type Step } from './mappingStep.ts'
import type { Attribute } from './schema.ts'
import { mostText, readValue } from './value.ts'

/** Takes what a rule does and a document; gives the edits that do it to this document, none where it does nothing. */
export function editsOf(step: Step, document: JsonObject): readonly Edit[] {
  switch (step.kind) {
    case 'drop':
      return [put(step.to, undefined)]
    case 'constant': {
      const stays = !step.always && !isBlank(valueAt(document, pathOf(step.to)))
      return stays ? [] : [put(step.to, step.value)]
    }
    case 'rename': {
      const value = fitted(leafOf(step.to), valueAt(document, pathOf(step.from)))
      return value === undefined ? [] : [put(step.from, undefined), put(step.to, value)]
    }
    case 'join': {
      const parts = step.parts
        .map((part) => valueAt(document, pathOf(part)))
        .flatMap((part) => (typeof part === 'string' && !isBlank(part) ? [part] : []))
      const value = fitted(leafOf(step.to), parts.join(step.between))
      return value === undefined ? [] : [put(step.to, value)]
    }
  }
}

const put = ({ extension, attribute, sub }: AttributeRef, value: Json | undefined) =>
  edit(extension, attribute, sub, value)

/**
 * The value as the attribute keeps it: a text that is too long is cut. Undefined where there is none, and where it does
 * not fit: a document may be older than the declaration of its schema.
 */
function fitted(attribute: Attribute, value: Json | undefined): Json | undefined {
  try {
    return readValue(attribute, typeof value === 'string' ? cut(value, mostText(attribute)) : value, '')
  } catch (error) {
    if (error instanceof ScimError) return undefined
    throw error
  }
}

function cut(text: string, most: number): string {
  // A character of two halves stays whole or goes: half of one is no Unicode text.
  return text.length <= most ? text : text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '')
}
