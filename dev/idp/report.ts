import type { Tally } from './session.ts'
import { formatTable } from '../table.ts'

/** The value that this share of the values does not pass (nearest rank); 0 if there are none. */
const percentile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)] ?? 0
}

const tenths = (ms: number): number => Math.round(ms * 10) / 10

const row = (step: string, ms: readonly number[], failures: number): readonly (string | number)[] => [
  step,
  ms.length,
  failures,
  tenths(percentile(ms, 0.5)),
  tenths(percentile(ms, 0.99)),
]

/** The table of the steps with how long requests took in the middle and for the slowest in a hundred. */
export const formatTallies = (tallies: readonly Tally[]): string =>
  formatTable(
    ['step', 'requests', 'failures', 'p50 ms', 'p99 ms'],
    [
      ...tallies.map(({ step, ms, failures }) => row(step, ms, failures.length)),
      row(
        'all',
        tallies.flatMap(({ ms }) => ms),
        countFailures(tallies),
      ),
    ],
  )

/** How many things were not as the provider needs them. */
export const countFailures = (tallies: readonly Tally[]): number =>
  tallies.reduce((count, { failures }) => count + failures.length, 0)

const blot = (text: string, secret: string): string => text.replaceAll(secret, '[secret]')

const clip = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text)

/**
 * Each failure in one line: step, method, path, what was expected, what came. What a server sent is shown
 * without control characters, and without the secrets even if the server repeats them.
 */
export const formatFailures = (tallies: readonly Tally[], secrets: readonly string[]): readonly string[] =>
  tallies.flatMap(({ step, failures }) =>
    failures.map(({ method, path, expected, came }) => {
      const safe = (text: string): string => clip(secrets.reduce(blot, text).replaceAll(/\p{Cc}+/gu, ' '))
      return `${step}: ${method} ${safe(path)}: expected ${safe(expected)}, came ${safe(came)}`
    }),
  )
