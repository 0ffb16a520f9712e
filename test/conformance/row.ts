import type { Mode } from '../../worker/store/connections.ts'
import type { Probe } from './probe.ts'

/**
 * A row of the checklist and what became of it. `requirement` is one plain sentence of ours. A `done` row has a test that
 * throws where the requirement is not met; it runs in each of its modes, and against a server that answers 200 {} to
 * everything, where it must fail. `tolerated` is the test of the other side: what a named provider sends is taken in
 * tolerant mode, and counted.
 */
export type Row = {
  readonly id: string
  readonly requirement: string
} & (
  | {
      readonly kind: 'done'
      readonly modes: readonly Mode[]
      readonly test: Check
      readonly tolerated?: { readonly quirk: string; readonly test: Check }
    }
  | { readonly kind: 'refused' | 'not offered' | 'by deployment'; readonly reason: string }
)

export type Check = (probe: Probe) => Promise<void>

/** A row that holds in both modes. */
export function done(id: string, requirement: string, test: Check): Row {
  return { id, requirement, kind: 'done', modes: ['tolerant', 'strict'], test }
}

/** A row that holds in one mode. */
export function doneIn(
  mode: Mode,
  id: string,
  requirement: string,
  test: Check,
  tolerated?: { readonly quirk: string; readonly test: Check },
): Row {
  return {
    id,
    requirement,
    kind: 'done',
    modes: [mode],
    test,
    ...(tolerated === undefined ? {} : { tolerated }),
  }
}

/** A row that is left on purpose, with the reason. */
export function refused(id: string, requirement: string, reason: string): Row {
  return { id, requirement, kind: 'refused', reason }
}

/** A row about a feature the bridge does not offer, with what it answers instead. */
export function notOffered(id: string, requirement: string, reason: string): Row {
  return { id, requirement, kind: 'not offered', reason }
}

/** A row that the platform keeps, not the code. */
export function byDeployment(id: string, requirement: string, reason: string): Row {
  return { id, requirement, kind: 'by deployment', reason }
}

/** What CONFORMANCE.md says of a row. */
export type Outcome = {
  readonly id: string
  readonly requirement: string
  readonly state: string
  readonly reason?: string
  readonly mode?: string
}

/** Takes a row; gives what CONFORMANCE.md says of it. A `done` row may say so only where its tests passed. */
export function outcomeOf(row: Row): Outcome {
  const { id, requirement, kind } = row
  if (kind !== 'done') {
    return { id, requirement, state: kind === 'refused' ? 'refused on purpose' : kind, reason: row.reason }
  }
  if (row.modes.length > 1) return { id, requirement, state: kind, mode: 'both' }
  const taken = row.tolerated === undefined ? '' : `; tolerant takes and counts \`${row.tolerated.quirk}\``
  return { id, requirement, state: kind, mode: `${row.modes.join(', ')}${taken}` }
}
