import { findAttributeRef } from './attributeRef.ts'
import type { Rule } from './mappingRule.ts'
import { pathOf, pathsOf, resolveRule } from './mappingStep.ts'
import type { ResourceType } from './schema.ts'

type Settled =
  | { readonly kind: 'rule'; readonly rule: Rule }
  | { readonly kind: 'faults'; readonly faults: readonly string[] }

/**
 * Takes kinds of resources, a rule and where it stood; gives the rule with its value as read, or, where it holds for none
 * of the kinds, what is wrong with it.
 */
export function settle(types: readonly ResourceType[], rule: Rule<unknown>, at: string): Settled {
  const found = types.map((type) => resolveRule(type, rule, at))
  const steps = found.flatMap((each) => (each.kind === 'step' ? [each.step] : []))
  const [step] = steps
  if (step !== undefined) {
    if (!('constant' in rule)) return { kind: 'rule', rule }
    if (step.kind === 'constant') {
      return { kind: 'rule', rule: { constant: { ...rule.constant, value: step.value } } }
    }
  }
  // Of several kinds the first is the one that was meant: what is wrong with a person's attribute is said, and not that a
  // group has one of that name too.
  const wrong = found.find((each) => each.kind === 'faults')
  return wrong ?? { kind: 'faults', faults: strangers(types, rule, at) }
}

/** Faults for the paths that no kind of resource has; where each has one of them, that no kind has all. */
function strangers(types: readonly ResourceType[], rule: Rule<unknown>, at: string): readonly string[] {
  const kinds = types.map(({ name }) => name).join(' or a ')
  const unknown = pathsOf(rule).filter(({ path }) =>
    types.every((type) => findAttributeRef(type, path) === undefined),
  )
  if (unknown.length === 0) return [`${at}: expected attributes that one kind of resource has`]
  return unknown.map(
    ({ place, path }) => `${at}.${place}: expected an attribute of a ${kinds}, not ${path.slice(0, 200)}`,
  )
}

/** A rule and where it stood. */
type Placed = { readonly at: string; readonly rule: Rule }

/**
 * Takes kinds of resources and rules; gives a fault for each rule that writes, or drops, what one before it does in the
 * same kind: the attribute, all of it or a part of it. Which of the two was meant nobody could tell.
 */
export function clashes(types: readonly ResourceType[], rules: readonly Placed[]): readonly string[] {
  return types.flatMap((type) => {
    const writers = rules.flatMap(({ at, rule }) => {
      const found = resolveRule(type, rule, at)
      const place = `${at}.${pathsOf(rule)[0]?.place}`
      return found.kind === 'step' ? [{ at, place, path: pathOf(found.step.to) }] : []
    })
    return writers.flatMap(({ place, path }, index) => {
      const earlier = writers.slice(0, index).find((writer) => overlap(writer.path, path))
      return earlier === undefined
        ? []
        : [
            `${place}: expected an attribute that no other rule writes: ${earlier.at} writes ${path.join(':')}`,
          ]
    })
  })
}

const overlap = (one: readonly string[], other: readonly string[]) =>
  one.every((name, depth) => (other[depth] ?? name) === name)
