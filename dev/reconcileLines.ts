import type { Finding } from '../worker/sync/findings.ts'
import type { Uncompared } from '../worker/sync/hiddenMembers.ts'
import type { Reconciled } from '../worker/sync/reconcile.ts'
import { counted } from './words.ts'

/** The order in which findings are shown: who has access and is not to have it comes first. */
const ORDER = [
  'unassigned',
  'active',
  'gone',
  'missing',
  'differs',
  'member',
  'dead',
  'waiting',
  'assigned',
  'stale',
  'extra',
] as const satisfies readonly Finding['kind'][]

/** Takes findings; gives them in the order in which they are shown, of one kind the longest gap first. */
export function inOrder(findings: readonly Finding[]): readonly Finding[] {
  const rank = (one: Finding) => ORDER.indexOf(one.kind) + (one.kind === 'active' && one.wanted ? 0.5 : 0)
  return findings.toSorted(
    (a, b) => rank(a) - rank(b) || compare(sinceOf(a), sinceOf(b)) || compare(a.name, b.name),
  )
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** Nobody knows since when comes last. */
const sinceOf = (one: Finding) => ('since' in one ? (one.since ?? '~') : '')

export const COLUMNS = ['finding', 'kind', 'id', 'name', 'at the target', 'what', 'repair'] as const

/** Takes a finding and the time; gives its line, in the order of COLUMNS. */
export function lineOf(finding: Finding, now: Date): readonly string[] {
  const { kind, type, id, name, remote, pending, repair } = finding
  const way =
    pending === undefined
      ? ''
      : ` (${pending.state} since ${pending.since}${pending.words === undefined ? '' : `: ${pending.words}`})`
  const what = `${whatOf(finding, now)}${way}`
  const mend = repair.by === 'outbox' ? `--repair ${id ?? ''}` : repair.words
  return [kind, type, id ?? '', name, remote ?? '', what, mend].map(clean)
}

/** What others have said must not move the cursor or turn the text. */
const clean = (text: string) => text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')

function whatOf(finding: Finding, now: Date): string {
  switch (finding.kind) {
    case 'active':
      return finding.shown
        ? `active at the target, and ${finding.isDeleted ? 'deleted' : 'inactive'} here`
        : 'inactive at the target, and active here'
    case 'missing':
      return finding.words ?? 'not at the target'
    case 'gone':
      return finding.isWanted
        ? 'the target does not list it any more'
        : 'the target does not list it any more, and it is to have no access'
    case 'differs':
      return finding.attributes
        .map(({ attribute, wanted, shown }) => `${attribute}: ${json(shown)}, wanted ${json(wanted)}`)
        .join('; ')
    case 'member': {
      const who = finding.memberName || finding.member || finding.memberRemote || ''
      const words = finding.words === undefined ? '' : `: ${finding.words}`
      return finding.is === 'missing' ? `without member ${who}${words}` : `with ${who}, who is no member here`
    }
    case 'extra':
      return finding.isActive ? 'linked to nobody here' : 'linked to nobody here, and inactive'
    case 'dead':
      return 'given up'
    case 'waiting':
      return 'on its way'
    case 'unassigned':
      return `active at the target and not on the list; here ${knownWords(finding, now)}`
    case 'assigned':
      return finding.shown === 'nobody'
        ? 'on the list, and not at the target'
        : 'on the list, and inactive there'
    case 'stale':
      return `active, and not confirmed by the provider ${finding.isImported ? 'ever' : `for ${days(finding.since, now)}`}`
  }
}

const json = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value))

function knownWords({ known, since }: Extract<Finding, { kind: 'unassigned' }>, now: Date): string {
  if (known === 'active') return 'active'
  if (known === 'never' || since === undefined) return 'never known'
  return `${known} for ${days(since, now)}`
}

function days(since: string, now: Date): string {
  const hours = Math.max(0, Math.floor((now.getTime() - Date.parse(since)) / 3_600_000))
  return hours < 48 ? `${hours} hours` : `${Math.floor(hours / 24)} days`
}

/** Takes how a comparison ended, how many findings, and how many more that are linked to nobody; gives the closing line. */
export function summaryOf(
  { people, groups, uncompared }: Extract<Reconciled, { kind: 'compared' }>,
  differing: number,
  extra: number,
): string {
  const there = `${counted(people, 'person', 'people')} and ${counted(groups, 'group')} at the target`
  const differs =
    differing === 0
      ? `nothing ${uncompared === undefined ? '' : 'that was compared '}differs`
      : counted(differing, 'finding')
  const more =
    extra === 0 ? '' : `; ${extra} more at the target ${extra === 1 ? 'is' : 'are'} linked to nobody`
  return `${there}: ${differs}${more}.`
}

/** Takes the groups whose members were not compared; says so, and how many there should be. */
export function uncomparedWords({ groups, members, words }: Uncompared): string {
  const here = `${counted(groups, 'group')} here should have ${counted(members, 'member')}`
  return `Members were not compared: ${clean(words)}. ${here}.`
}
