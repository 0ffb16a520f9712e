import type { JsonObject } from '../../scim/json.ts'
import type { Later, Refused } from '../target.ts'
import { patchBody } from './changes.ts'
import type { Heard, Refusal } from './hear.ts'
import { kinds, pathOf } from './kinds.ts'
import { literal, type Service } from './service.ts'

/** How many members one PATCH puts in or out. */
export const AT_ONCE = 1000

/** A member, by the id at the service, that is to be put in or out. */
export type Move = { readonly move: 'add' | 'remove'; readonly remote: string }

/** `moved`: everything was sent, and the refused were not taken. `missing`: the group is not there. */
export type Moved =
  | { readonly kind: 'moved'; readonly refused: readonly Refused[] }
  | { readonly kind: 'missing' }
  | Refusal
  | Later

/**
 * Takes a service, a group, members and what tells whether the group is there; puts the members in and out, so many at
 * once. A service refuses all for one of them: the ones it names are left out, else the halves are tried, so that the rest
 * goes in. The budget bounds it.
 */
export async function moveMembers(
  service: Service,
  group: string,
  moves: readonly Move[],
  isThere: () => Promise<boolean | Later>,
): Promise<Moved> {
  const refused: Refused[] = []
  const left = inBatches(moves)
  let known = false
  for (let batch = left.shift(); batch !== undefined; batch = left.shift()) {
    const heard = await service.ask('PATCH', pathOf(kinds.Group, group), bodyOf(batch))
    if (heard.kind === 'ok') continue
    if (heard.kind === 'later') return heard
    // A 404 may mean the group or a member. Asked once.
    if (heard.kind === 'missing' && !known) {
      const there = await isThere()
      if (typeof there !== 'boolean') return there
      if (!there) return { kind: 'missing' }
      known = true
    }
    if (heard.kind === 'refused' && !isOfMembers(heard.status)) return heard
    const bad = badOf(batch, heard)
    const words = heard.kind === 'refused' ? heard.never.words : 'the target answers 404 for this member'
    refused.push(...bad.filter((move) => !isOut(move, heard)).map(({ remote }) => ({ remote, words })))
    const rest = batch.filter((move) => !bad.includes(move))
    left.unshift(...(bad.length > 0 ? [rest] : halves(rest)).filter((some) => some.length > 0))
  }
  return { kind: 'moved', refused }
}

/** The ones that are named, or the only one. */
function badOf(batch: readonly Move[], heard: Exclude<Heard, { kind: 'ok' }>): readonly Move[] {
  if (batch.length === 1) return batch
  return heard.kind === 'refused' ? batch.filter(({ remote }) => namesId(heard.detail, remote)) : []
}

/** Whoever cannot be put out because they are not in is out (RFC 7644 §3.5.2.2). */
function isOut({ move }: Move, heard: Heard): boolean {
  return move === 'remove' && heard.kind === 'refused' && heard.never.scimType === 'noTarget'
}

/** Those who are to be out go first: that takes access away. */
function inBatches(moves: readonly Move[]): (readonly Move[])[] {
  const ordered = [
    ...moves.filter(({ move }) => move === 'remove'),
    ...moves.filter(({ move }) => move === 'add'),
  ]
  return Array.from({ length: Math.ceil(ordered.length / AT_ONCE) }, (_, at) =>
    ordered.slice(at * AT_ONCE, (at + 1) * AT_ONCE),
  )
}

function halves(batch: readonly Move[]): readonly (readonly Move[])[] {
  const middle = Math.ceil(batch.length / 2)
  return [batch.slice(0, middle), batch.slice(middle)]
}

function bodyOf(batch: readonly Move[]): JsonObject {
  const added = batch.filter(({ move }) => move === 'add')
  const removed = batch.filter(({ move }) => move === 'remove')
  return patchBody([
    ...removed.map(({ remote }) => ({ op: 'remove', path: `members[value eq ${literal(remote)}]` })),
    ...(added.length === 0
      ? []
      : [{ op: 'add', path: 'members', value: valuesOf(added.map(({ remote }) => remote)) }]),
  ])
}

/** Takes ids; gives the members as they are sent (RFC 7643 §4.2). */
export function valuesOf(remotes: readonly string[]): readonly JsonObject[] {
  return remotes.map((value) => ({ value }))
}

/**
 * Takes what was said and an id; says whether it is named. An id of a letter or two stands in every sentence, and one that
 * ends inside a longer one is not it.
 */
export function namesId(detail: string, remote: string): boolean {
  const at = detail.indexOf(remote)
  if (remote.length < 3 || at < 0) return false
  const around = [detail[at - 1] ?? ' ', detail[at + remote.length] ?? ' ']
  return around.every((letter) => !/[\w-]/.test(letter))
}

/** Takes a status; says whether a list of members was refused for what is in it perhaps, so that without them it may be taken. */
export function isOfMembers(status: number): boolean {
  return status === 400 || status === 404 || status === 413 || status === 422
}
