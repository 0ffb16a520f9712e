import { isJsonObject, isList, type JsonObject } from '../scim/json.ts'
import type { Database } from '../store/database.ts'
import { linksThere, type Scope, type Side } from '../store/reconcile.ts'
import { wantedMembers } from '../store/reconcileMembers.ts'
import { about, mended, type Found, type Repair } from './findings.ts'

/** What the members of a group are compared with: the database, and what tells whether an account is in the target's list. */
export type MembersTools = {
  readonly open: () => Database
  readonly scope: Scope
  readonly isThere: (remote: string) => boolean
  /** Whose an account is that is linked here, a deleted person's too. */
  readonly ownerOf: (remote: string) => string | undefined
}

/** Takes a group as a target shows it; gives the ids of its members there, undefined where it shows none. */
export function shownMembers({ members }: JsonObject): readonly string[] | undefined {
  if (!isList(members)) return undefined
  return members.flatMap((each) => {
    const value = isJsonObject(each) ? each['value'] : each
    return typeof value === 'string' || typeof value === 'number' ? [String(value)] : []
  })
}

/**
 * Takes a linked group, its members at the target by their ids there, and the tools; gives who is missing and who is there
 * without being wanted. Whoever has no account at the target is a finding of their own, and no member is missed for it.
 */
export async function compareMembers(
  side: Side,
  there: readonly string[],
  tools: MembersTools,
): Promise<readonly Found[]> {
  const { open, scope, isThere, ownerOf } = tools
  const left = new Set(there)
  const found: Found[] = []
  for await (const page of wantedMembers(open, scope, side.resource)) {
    for (const { member: id, type, name, remote, refused: words } of page) {
      if (remote === undefined || left.delete(remote)) continue
      if (type === 'User' && !isThere(remote)) continue
      found.push(memberOf(side, 'missing', { id, remote, name, words }))
    }
  }
  const owners = new Map(
    (await linksThere(open(), scope, undefined, [...left]))
      .filter(({ isOurs }) => isOurs)
      .map(({ remote, resource }) => [remote, resource]),
  )
  for (const remote of left) {
    const id = owners.get(remote) ?? ownerOf(remote)
    const words = 'linked to nobody here: take it out of the group at the target'
    found.push(
      memberOf(side, 'extra', { id, remote }, id === undefined ? { by: 'nobody', words } : undefined),
    )
  }
  return found
}

/** Takes a group whose members the target does not show; gives those that it has refused. */
export async function compareRefused(
  side: Side,
  { open, scope }: Pick<MembersTools, 'open' | 'scope'>,
): Promise<readonly Found[]> {
  const found: Found[] = []
  for await (const page of wantedMembers(open, scope, side.resource))
    for (const { member: id, name, remote, refused: words } of page)
      if (words !== undefined) found.push(memberOf(side, 'missing', { id, remote, name, words }))
  return found
}

type Who = {
  readonly id: string | undefined
  readonly remote: string | undefined
  readonly name?: string
  readonly words?: string | undefined
}

function memberOf(side: Side, is: 'missing' | 'extra', who: Who, repair?: Repair): Found {
  const { resource, type } = side
  const { id, remote, name = '', words } = who
  const subject = about(side, repair)
  const member = { member: id, memberRemote: remote, memberName: name }
  const members = id === undefined ? [] : [{ member: id, isThere: is === 'extra' }]
  return {
    finding: { ...subject, kind: 'member', is, ...member, ...(words === undefined ? {} : { words }) },
    ...mended(subject, { resource, type, members }),
  }
}
