import type { Form } from './kit.tsx'
import { Problem } from './problem.ts'

/** How a form says when a token ends. */
export const ENDS = ['never', 'fixed', 'sliding'] as const

/**
 * Takes what the form of a new token sent, the words a scope may have, and whether the page offers tokens that end; gives the input of the
 * operation. Throws Problem for an end the page does not offer, and for days that are no number.
 */
export function tokenInputOf(form: Form, words: readonly string[], offersEnd: boolean): object {
  const { name = '', networks = '', domains = '', ends = 'never' } = form
  const scope = words.filter((word) => form[`scope-${word}`] !== undefined)
  const end = ENDS.find((one) => one === ends)
  if (end === undefined) throw new Problem(400, `ends: expected one of ${ENDS.join(', ')}`, 'ends')
  if (end !== 'never' && !offersEnd)
    throw new Problem(400, 'ends: a token may end only where an alarm destination was tested', 'ends')
  const days = end === 'never' ? undefined : daysOf(form['days'])
  return {
    ...(name.trim() === '' ? {} : { name }),
    ...(scope.length === 0 ? {} : { scope }),
    ...listOf('networks', networks),
    ...listOf('domains', domains),
    ...(end === 'fixed' ? { expiresInDays: days } : {}),
    ...(end === 'sliding' ? { slidingDays: days } : {}),
  }
}

/** Takes a text with commas, blanks or lines between; gives its parts under a name, nothing where there is none. */
function listOf(name: string, text: string): object {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== '')
  return parts.length === 0 ? {} : { [name]: parts }
}

/** Takes what stands in a field of days; gives the number. Throws Problem. */
export function daysOf(text: string | undefined): number {
  if (text !== undefined && /^\d{1,4}$/.test(text.trim())) return Number(text)
  throw new Problem(400, 'days: expected a whole number of days', 'days')
}
