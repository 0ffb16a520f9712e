import { foldCase } from '../scim/fold.ts'
import { readImported, type Imported } from '../scim/imported.ts'
import { isObject, type JsonObject } from '../scim/json.ts'
import { isPowerful } from '../scim/powerful.ts'
import {
  findGroupHere,
  linkGroup,
  unlinkGroup,
  without,
  type GroupHere,
  type GroupThere,
  type Named,
} from '../store/managed.ts'
import type { Database } from '../store/database.ts'
import type { Standing } from '../store/settings.ts'
import type { Budget } from '../targets/outbound.ts'
import type { Account } from '../targets/target.ts'
import type { TargetOpener } from './open.ts'

/** What managing a group needs; the target is read anew each time, as nobody knows how old an import is. */
export type ManageTools = {
  readonly database: Database
  readonly openTarget: TargetOpener
  readonly budget: Budget
  readonly until: number
  readonly now: () => Date
}

/**
 * What selecting a group would come to: who would be added to it at the target and who removed, and how many of its members there
 * nobody here knows, who are left alone. `members`: how many there are; undefined where the target does not show them.
 */
export type Preview = {
  readonly kind: 'preview'
  readonly remote: string
  readonly displayName: string
  readonly members: number | undefined
  readonly unknown: number
  /** The group here that it would be paired with; without one it is read in, and nothing changes at the target. */
  readonly pair: string | undefined
  readonly added: readonly Named[]
  readonly removed: readonly Named[]
}

/** Why a group is not managed, in words. */
export type Refused = { readonly kind: 'refused'; readonly words: string }

/** A group that is managed now, by its id here. */
export type Selected = { readonly kind: 'selected'; readonly id: string; readonly preview: Preview }

const refused = (words: string): Refused => ({ kind: 'refused', words })

type Look = {
  readonly there: GroupThere
  readonly here: GroupHere
  readonly imported: Imported
  readonly shown: JsonObject
  readonly preview: Preview
}

/** Takes the tools, a connection's id, how it stands, and the id or the name of a group at its target; says what selecting it would come to. Changes nothing. */
export async function previewGroup(
  tools: ManageTools,
  connection: string,
  standing: Standing,
  which: string,
): Promise<Preview | Refused> {
  const looked = await look(tools, connection, standing, which)
  return 'kind' in looked ? looked : looked.preview
}

/**
 * Takes the same; puts the group under management. What the preview said is then brought to the target by cron. Groups that
 * give power over the account, and those of other connections, are refused.
 */
export async function selectGroup(
  tools: ManageTools,
  connection: string,
  standing: Standing,
  which: string,
): Promise<Selected | Refused> {
  const looked = await look(tools, connection, standing, which)
  if ('kind' in looked) return looked
  const { there, here, imported, shown, preview } = looked
  const id = await linkGroup(tools.database, there, imported, shown, here, tools.now())
  return id === undefined
    ? refused('somebody else linked the group at the same time, or its id is taken here: look again')
    : { kind: 'selected', id, preview }
}

/** Takes the database, a connection's id and the id of a managed group there; gives it back untouched. Gives false where there is none. One trip. */
export function releaseGroup(database: Database, connection: string, id: string): Promise<boolean> {
  return unlinkGroup(database, connection, id)
}

async function look(
  { database, openTarget, budget, until }: ManageTools,
  connection: string,
  standing: Standing,
  which: string,
): Promise<Look | Refused> {
  const opened = await openTarget(connection, standing, { budget, until })
  if (opened.kind === 'bad') return refused(opened.words)
  const { target, account, send } = opened
  if (!target.capabilities.list || !target.capabilities.groups)
    return refused('the groups of this target cannot be read')
  const found: Account[] = []
  let page: string | undefined
  do {
    const read = await target.list('Group', page, send)
    if ('kind' in read) return refused(read.words)
    found.push(...read.accounts.filter((one) => one.remote === which || isNamed(one, which)))
    page = read.next
  } while (page !== undefined)
  const [only] = found.some(({ remote }) => remote === which)
    ? found.filter(({ remote }) => remote === which)
    : found
  if (only === undefined) return refused('the target has no group of this id or name')
  if (found.length > 1 && only.remote !== which)
    return refused(`the target has ${found.length} groups of this name: give the id of one`)
  const { remote, document: shown } = only
  const imported = readImported('Group', shown)
  const displayName = imported?.document['displayName']
  if (imported === undefined || typeof displayName !== 'string') return refused('the group has no name')
  if (isPowerful(standing.settings.powerful, displayName, shown))
    return refused('this group gives power over the account: such groups are never managed from here')
  const members = membersOf(shown)
  const there: GroupThere = { connection, account, remote, displayName, members }
  const here = await findGroupHere(database, there)
  if (here.owner !== 'free')
    return refused(
      here.owner === 'own' ? 'the group is managed already' : 'another connection manages the group',
    )
  const isPaired = here.pair !== undefined
  const preview: Preview = {
    kind: 'preview',
    remote,
    displayName,
    members: members?.length,
    unknown: (members?.length ?? 0) - here.there.length,
    pair: here.pair,
    added: isPaired ? without(here.here, here.there) : [],
    removed: isPaired ? without(here.there, here.here) : [],
  }
  return { there, here, imported, shown, preview }
}

function isNamed({ document }: Account, name: string): boolean {
  const shown = document['displayName']
  return typeof shown === 'string' && foldCase(shown.trim()) === foldCase(name.trim())
}

/** The ids of members, each once; undefined where none are shown. */
function membersOf({ members }: JsonObject): readonly string[] | undefined {
  if (!Array.isArray(members)) return undefined
  const ids = members.flatMap((one: unknown) => {
    const value = isObject(one) ? one['value'] : one
    return typeof value === 'string' ? [value] : []
  })
  return [...new Set(ids)]
}
