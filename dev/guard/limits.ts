import { HARMS, loadStanding, MOST_MINUTES, saveSettings, type Harm } from '../../worker/store/settings.ts'
import type { Place } from '../place.ts'
import { UsageError } from '../usage.ts'

/** Words for a change that came too late. */
export const SOMEBODY_ELSE = 'Somebody else changed the settings at the same time: look, and try again.'

/** Takes a word; gives the kind of harm it names. Throws UsageError. */
export function harm(name: string): Harm {
  const found = HARMS.find((one) => one === name)
  if (found === undefined)
    throw new UsageError(`There is no kind of harm ${name}; there are: ${HARMS.join(', ')}`)
  return found
}

/** Takes the option, its text and the most there may be; gives the minutes it says. Throws UsageError. */
export function wholeMinutes(option: string, text: string, most: number): number {
  const minutes = Number(text)
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > most)
    throw new UsageError(`--${option}: expected minutes, a whole number from 1 to ${most}, not ${text}`)
  return minutes
}

type Change =
  | { readonly hold: number }
  | { readonly harm: Harm; readonly number: number; readonly share?: number; readonly window?: number }

/** Takes what stands behind --limit; gives the limit. Throws UsageError. */
export function readLimit(text: string): Change {
  const read = /^(\w+)=(\d+)(?:,(\d+)%(?:,(\d+))?)?$/.exec(text)
  if (read === null)
    throw new UsageError(
      `--limit: expected HARM=NUMBER, HARM=NUMBER,SHARE% or HARM=NUMBER,SHARE%,MINUTES, not ${text}`,
    )
  const [, name = '', number = '', share, window] = read
  if (Number(share ?? 0) > 100)
    throw new UsageError(`--limit: expected a share of 100 % at the most, not ${share}`)
  return {
    harm: harm(name),
    number: Number(number),
    ...(share === undefined ? {} : { share: Number(share) / 100 }),
    ...(window === undefined ? {} : { window: wholeMinutes('limit', window, MOST_MINUTES) }),
  }
}

/** Takes the database, a connection's id and what is to be otherwise; keeps it. Gives words for the admin. Throws where somebody else changed the settings. */
export async function setGuard(
  database: Place['database'],
  connection: string,
  change: Change,
): Promise<string> {
  const standing = await loadStanding(database, connection)
  const { guard } = standing.settings
  const { harm: kind, ...rest } = 'hold' in change ? { harm: undefined } : change
  const next =
    'hold' in change || kind === undefined
      ? { ...guard, holdSuspensions: 'hold' in change ? change.hold : guard.holdSuspensions }
      : { ...guard, [kind]: { ...guard[kind], ...rest } }
  if (
    (await saveSettings(database, connection, standing, { ...standing.settings, guard: next })) === undefined
  )
    throw new Error(SOMEBODY_ELSE)
  return 'The guard is set.'
}
