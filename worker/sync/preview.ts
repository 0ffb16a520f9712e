import type { ResourceType } from '../scim/schema.ts'
import type { Database } from '../store/database.ts'
import type { DryStep } from '../store/dryRun.ts'
import { loadStanding } from '../store/settings.ts'
import { workOf, type Imagined } from '../store/workOf.ts'
import type { Budget } from '../targets/outbound.ts'
import { attempt, type Attempted } from './attempt.ts'
import type { TargetOpener } from './open.ts'

/** What a preview takes: the database, what opens the target, the kinds of resources, and what may be sent until when. */
export type PreviewTools = {
  readonly database: Database
  readonly openTarget: TargetOpener
  readonly types: readonly ResourceType[]
  readonly budget: Budget
  readonly until: number
  readonly now: Date
}

/** The requests that the target would get, or in words why there would be none, and what else is to be known. */
export type Previewed = { readonly steps: readonly DryStep[]; readonly words: string | undefined }

const none = (words: string): Previewed => ({ steps: [], words })

/**
 * Takes the tools, a connection's id and a state that a resource might be given; gives the requests that would bring the target to it,
 * as the recorder of a dry run sees them: the target is read and nothing is changed, here or there. Two trips, and those of what is looked for.
 */
export async function previewState(
  { database, openTarget, types, budget, until, now }: PreviewTools,
  connection: string,
  imagined: Imagined,
): Promise<Previewed> {
  const standing = await loadStanding(database, connection)
  const { settings } = standing
  if (settings.target === undefined)
    return none('The bridge itself is the account: nothing is sent anywhere.')
  const work = await workOf(database, connection, standing, imagined, now)
  const opened = await openTarget(connection, standing, { budget, until })
  if (opened.kind === 'bad') return none(`The target cannot be reached: ${opened.words}.`)
  const dry = { ...settings, dryRun: true }
  const tried = await attempt(work, { ...opened, types, settings: dry, database, at: now })
  const waits =
    settings.state.is === 'paused'
      ? 'The connection is paused: it waits until it is active again.'
      : undefined
  if (tried.kind !== 'done') return none(wordsOf(tried))
  const steps = tried.dry ?? []
  const words = steps.length === 0 ? 'The target is in that state already: nothing is sent.' : waits
  return { steps, words: settings.dryRun ? 'The connection is in a dry run: nothing is sent.' : words }
}

function wordsOf(tried: Exclude<Attempted, { kind: 'done' }>): string {
  if (tried.kind === 'nothing') return 'The target has no such account and needs none: nothing is sent.'
  if (tried.kind === 'superseded') return 'Somebody else has the account at the target now: nothing is sent.'
  return `Nothing would be sent now: ${tried.words}.`
}
