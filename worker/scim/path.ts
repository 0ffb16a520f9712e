import { ScimError } from './error.ts'
import { findAttributeRef, splitUrn, type AttributeRef } from './attributeRef.ts'
import { parseElementFilter, type ElementFilter } from './filter.ts'
import { readingOf, type Reading } from './reading.ts'
import { checkComparable, resolveElementFilter } from './resolve.ts'
import { findAttribute, type Attribute, type ResourceType, type Schema } from './schema.ts'

/**
 * What a PATCH path names (RFC 7644 §3.5.2, figure 7): a whole extension, or an attribute with, possibly, a filter over
 * its elements and a sub-attribute. `text` is the path itself, for errors.
 */
export type Target = { readonly text: string } & (
  | { readonly kind: 'extension'; readonly extension: Schema }
  | {
      readonly kind: 'attribute'
      readonly ref: AttributeRef
      readonly filter?: ElementFilter<Attribute>
    }
)

/**
 * Takes a kind of resource, a path as sent and how to read; gives what it names. PATH = attrPath / attrPath "[" filter "]" ["." sub].
 * Throws 400 invalidPath for what is no path or names no attribute, 400 invalidFilter for a bad filter in it.
 */
export function parsePath(
  type: ResourceType,
  path: unknown,
  reading: Reading = readingOf('tolerant'),
): Target {
  if (typeof path !== 'string' || path.trim() === '') {
    throw invalidPath(typeof path === 'string' ? path : `of type ${typeof path}`, 'an attribute path')
  }
  const text = path.trim()
  const { extension, rest } = splitUrn(type, text)
  if (extension !== undefined && rest === '') return { text, kind: 'extension', extension }
  const open = text.indexOf('[')
  if (open < 0) return { text, kind: 'attribute', ref: known(type, text) }
  const close = text.lastIndexOf(']')
  if (close < open) throw invalidPath(text, 'a "]" that closes the filter')
  const ref = known(type, text.slice(0, open))
  if (!ref.attribute.multiValued || ref.sub !== undefined) {
    throw invalidPath(text, 'a multi-valued attribute before "["')
  }
  checkComparable(ref.attribute, ref.attribute.name)
  const filter = resolveElementFilter(
    parseElementFilter(text.slice(open + 1, close)),
    (name) => subAttribute(ref.attribute, name, text),
    reading,
  )
  const behind = text.slice(close + 1)
  if (behind === '') return { text, kind: 'attribute', ref, filter }
  if (!behind.startsWith('.')) throw invalidPath(text, 'nothing or "." and a sub-attribute after "]"')
  return {
    text,
    kind: 'attribute',
    ref: { ...ref, sub: subAttribute(ref.attribute, behind.slice(1), text) },
    filter,
  }
}

function known(type: ResourceType, text: string): AttributeRef {
  const ref = findAttributeRef(type, text)
  if (ref === undefined) throw invalidPath(text, `an attribute of a ${type.name}`)
  return ref
}

function subAttribute(attribute: Attribute, name: string, path: string): Attribute {
  const sub = findAttribute(attribute.subAttributes ?? [], name)
  if (sub === undefined) throw invalidPath(path, `a sub-attribute of ${attribute.name}, not ${name}`)
  return sub
}

function invalidPath(path: string, expected: string): ScimError {
  return new ScimError(400, 'invalidPath', `path ${path}: expected ${expected}`)
}
