import { findAttributeRef, type AttributeRef } from './attributeRef.ts'
import { edit } from './edit.ts'
import { ScimError } from './error.ts'
import type { Json } from './json.ts'
import { joinFault, moveFault, partFault, refFault } from './mappingFaults.ts'
import type { Rule } from './mappingRule.ts'
import { readingOf } from './reading.ts'
import type { Attribute, ResourceType } from './schema.ts'
import { readValue } from './value.ts'

/** A rule as it is for one kind of resource: its paths are attributes, its value is read. */
export type Step =
  | { readonly kind: 'rename'; readonly from: AttributeRef; readonly to: AttributeRef }
  | { readonly kind: 'constant'; readonly to: AttributeRef; readonly value: Json; readonly always: boolean }
  | {
      readonly kind: 'join'
      readonly to: AttributeRef
      readonly parts: readonly AttributeRef[]
      readonly between: string
    }
  | { readonly kind: 'drop'; readonly to: AttributeRef }

/** `elsewhere`: the kind of resource lacks an attribute of the rule. `faults`: it has them, and the rule may not be. */
export type Resolved =
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'faults'; readonly faults: readonly string[] }

/**
 * Takes a kind of resource, a rule and where it stood; gives what the rule does there, or what is wrong with it. The
 * value of a constant is read the strict way: an admin writes it, and no provider.
 */
export function resolveRule(type: ResourceType, rule: Rule<unknown>, at: string): Resolved {
  const [to, ...rest] = pathsOf(rule).map(({ path }) => findAttributeRef(type, path))
  const from = rest.filter((ref) => ref !== undefined)
  const [source] = from
  if (to === undefined || from.length < rest.length) return { kind: 'elsewhere' }
  if ('drop' in rule) return checked({ kind: 'drop', to }, [[`${at}.drop`, refFault(to, 'taken')]])
  if ('constant' in rule) {
    const { value, when } = rule.constant
    const fault = refFault(to, 'constant')
    if (fault !== undefined) return { kind: 'faults', faults: [`${at}.constant.to: expected ${fault}`] }
    const read = readConstant(leafOf(to), value, `${at}.constant.value`)
    if (read.kind === 'faults') return read
    return { kind: 'step', step: { kind: 'constant', to, value: read.value, always: when === 'always' } }
  }
  if ('join' in rule) {
    return checked({ kind: 'join', to, parts: from, between: rule.join.with }, [
      [`${at}.join.to`, refFault(to, 'written') ?? joinFault(leafOf(to))],
      ...from.map((part, index): Place => {
        return [`${at}.join.from[${index}]`, refFault(part, 'read') ?? partFault(leafOf(part))]
      }),
    ])
  }
  if (source === undefined) return { kind: 'elsewhere' }
  const faults = [refFault(source, 'taken'), refFault(to, 'written')] as const
  const unfit = faults[0] === undefined ? renameFault(source, to) : undefined
  return checked({ kind: 'rename', from: source, to }, [
    [`${at}.rename.from`, faults[0]],
    [`${at}.rename.to`, faults[1] ?? unfit],
  ])
}

function renameFault(from: AttributeRef, to: AttributeRef): string | undefined {
  const isSame = String(pathOf(from)) === String(pathOf(to))
  return isSame ? 'another attribute than in from' : moveFault(leafOf(from), leafOf(to))
}

/** Takes a rule; gives its paths and where they stand in it, first the one that it writes. */
export function pathsOf(rule: Rule<unknown>): readonly { readonly place: string; readonly path: string }[] {
  if ('drop' in rule) return [{ place: 'drop', path: rule.drop }]
  if ('constant' in rule) return [{ place: 'constant.to', path: rule.constant.to }]
  if ('rename' in rule) {
    const { from, to } = rule.rename
    return [
      { place: 'rename.to', path: to },
      { place: 'rename.from', path: from },
    ]
  }
  const { from, to } = rule.join
  const parts = from.map((path, index) => ({ place: `join.from[${index}]`, path }))
  return [{ place: 'join.to', path: to }, ...parts]
}

/** Takes a name as resolved; gives the attribute or sub-attribute that it names. */
export function leafOf({ attribute, sub }: AttributeRef): Attribute {
  return sub ?? attribute
}

/** Takes a name as resolved; gives the path of its value in a document. */
export function pathOf({ extension, attribute, sub }: AttributeRef): readonly string[] {
  return edit(extension, attribute, sub, undefined).path
}

/** A place in a rule, and what was expected there where it is wrong. */
type Place = readonly [string, string | undefined]

function checked(step: Step, places: readonly Place[]): Resolved {
  const faults = places.flatMap(([place, expected]) =>
    expected === undefined ? [] : [`${place}: expected ${expected}`],
  )
  return faults.length === 0 ? { kind: 'step', step } : { kind: 'faults', faults }
}

type Constant =
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'faults'; readonly faults: readonly string[] }

function readConstant(attribute: Attribute, sent: unknown, where: string): Constant {
  try {
    const value = readValue(attribute, sent, where, readingOf('strict'))
    if (value !== undefined) return { kind: 'value', value }
    return { kind: 'faults', faults: [`${where}: expected a value; drop takes one away`] }
  } catch (error) {
    if (error instanceof ScimError) return { kind: 'faults', faults: [error.message] }
    throw error
  }
}
