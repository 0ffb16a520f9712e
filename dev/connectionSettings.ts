/** What the options of `npm run connection` make of a connection's settings. */
import * as v from 'valibot'
import type { Settings, Switch } from '../worker/store/settings.ts'
import { UsageError } from './usage.ts'
import { counted } from './words.ts'

/** The options that are settings, as given. */
export type Given = {
  readonly switch?: readonly string[] | undefined
  readonly state?: string | undefined
  readonly 'deactivations-too'?: boolean | undefined
  readonly deletes?: string | undefined
  readonly 'dead-after'?: string | undefined
  readonly adopt?: string | undefined
}

/** A change of settings. */
export type Change = (settings: Settings) => Settings

/** How long the deactivations of a paused connection may wait, in milliseconds: a day. */
const DEACTIVATIONS_WAIT = 86_400_000

const SWITCHES: readonly Switch[] = ['create', 'update', 'deactivate', 'groups']

/** Takes the options and the time; gives the changes they ask for. Throws UsageError for a value that is none. */
export function changesFrom(given: Given, now: Date): readonly Change[] {
  if (given['deactivations-too'] === true && given.state !== 'paused')
    throw new UsageError('--deactivations-too goes with --state paused')
  return [
    ...(given.switch ?? []).map(switchChange),
    ...(given.state === undefined
      ? []
      : [stateChange(oneOf('state', ['active', 'paused', 'closed'], given.state), given, now)]),
    ...(given.deletes === undefined ? [] : [deletesChange(given.deletes)]),
    ...(given['dead-after'] === undefined ? [] : [deadAfterChange(given['dead-after'])]),
    ...(given.adopt === undefined ? [] : [adoptChange(given.adopt)]),
  ]
}

/** Takes the name of an option, what it may be and what it is; gives it. Throws UsageError. */
export function oneOf<Word extends string>(option: string, words: readonly Word[], given: string): Word {
  const found = words.find((word) => word === given)
  if (found !== undefined) return found
  throw new UsageError(`--${option}: expected ${words.join(' or ')}, not ${given}`)
}

function switchChange(given: string): Change {
  const [name = '', position = ''] = given.split('=')
  const which = oneOf('switch', SWITCHES, name)
  const to = oneOf(`switch ${name}`, ['on', 'off', 'skip'], position)
  return (settings) => ({ ...settings, switches: { ...settings.switches, [which]: to } })
}

/** Whoever says the same again does not begin anew: since when it is so decides when a person is warned. */
function stateChange(is: 'active' | 'paused' | 'closed', given: Given, now: Date): Change {
  return (settings) => {
    const before = settings.state
    if (is === 'active')
      return before.is === is ? settings : { ...settings, state: { is, since: now.toISOString() } }
    const since = before.is === is ? before.since : now.toISOString()
    if (is === 'closed' || given['deactivations-too'] !== true) return { ...settings, state: { is, since } }
    const deactivationsToo = new Date(now.getTime() + DEACTIVATIONS_WAIT).toISOString()
    return { ...settings, state: { is, since, deactivationsToo } }
  }
}

function deletesChange(given: string): Change {
  const deletes = oneOf('deletes', ['suspend', 'delete'], given)
  return (settings) => ({ ...settings, deletes })
}

function deadAfterChange(given: string): Change {
  const deadAfter = Number(given)
  if (!/^[1-9]\d{0,4}$/.test(given))
    throw new UsageError(`--dead-after: expected a whole number of hours, not ${given}`)
  return (settings) => ({ ...settings, deadAfter })
}

const domain = v.pipe(v.string(), v.trim(), v.toLowerCase(), v.regex(/^([a-z0-9-]+\.)+[a-z0-9-]+$/u))

function adoptChange(given: string): Change {
  if (given === 'off') return (settings) => ({ ...settings, adoption: { ...settings.adoption, open: false } })
  const domains = given.split(',').map((each) => {
    const read = v.safeParse(domain, each)
    if (!read.success)
      throw new UsageError(`--adopt: expected domains such as example.com, or off, not ${each}`)
    return read.output
  })
  return (settings) => ({ ...settings, adoption: { open: true, domains } })
}

/** Takes settings and the time; gives them for a table: target, state, switches, deletes, dead letters, dry run, mapping, adoption. */
export function settingsCells(settings: Settings, now: Date): readonly (string | number)[] {
  const { target, switches, deletes, deadAfter, dryRun, mapping, adoption } = settings
  const turned = SWITCHES.filter((name) => switches[name] !== 'on').map((name) => `${name}=${switches[name]}`)
  return [
    target?.kind ?? 'directory',
    stateWords(settings.state, now),
    turned.length === 0 ? 'on' : turned.join(' '),
    deletes,
    `${deadAfter} h`,
    dryRun ? 'dry run' : '',
    mapping.length === 0 ? '' : counted(mapping.length, 'rule'),
    adoption.open ? adoption.domains.join(' ') : 'off',
  ]
}

/** The titles of settingsCells. */
export const SETTINGS_TITLES = [
  'target',
  'state',
  'switches',
  'deletes',
  'dead after',
  'dry run',
  'mapping',
  'adoption',
] as const

function stateWords(state: Settings['state'], now: Date): string {
  if (state.is === 'active') return 'active'
  const since = `${state.is} since ${state.since}`
  const until = state.is === 'paused' ? state.deactivationsToo : undefined
  if (until === undefined || until <= now.toISOString()) return since
  return `${since}, deactivations too until ${until}`
}
