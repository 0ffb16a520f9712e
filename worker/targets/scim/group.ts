import { isJsonObject, isList, type JsonObject } from '../../scim/json.ts'
import type { GroupStep, Link, Outcome, Refused } from '../target.ts'
import { changed, changesOf, sendable } from './changes.ts'
import { confirm, union } from './confirmed.ts'
import { findOne, post, posted } from './create.ts'
import { later, type Never } from './hear.ts'
import { kinds, pathOf } from './kinds.ts'
import { AT_ONCE, isOfMembers, moveMembers, namesId, valuesOf, type Move } from './members.ts'
import { missing, type Missing } from './missing.ts'
import { sameName } from './pages.ts'
import { readOne, type Service } from './service.ts'
import { knowsNoPatch, putBack, write } from './write.ts'

const kind = kinds.Group

/** The members of a large group are not read for nothing (RFC 7644 §3.9). */
const LEAN = '?excludedAttributes=members'

/** Takes a service and a step; brings the group and its members there. */
export async function deliverGroup(service: Service, step: GroupStep): Promise<Outcome> {
  const outcome = await deliver(service, step)
  return outcome.kind === 'later' && step.uncertain ? { ...outcome, uncertain: true } : outcome
}

async function deliver(service: Service, step: GroupStep): Promise<Outcome> {
  const { wanted, link } = step
  if (link === undefined) {
    if (wanted.kind === 'absent' && !step.uncertain) return { kind: 'done', link: undefined }
    const found = await findOne(service, kind, wanted.document)
    if (found !== undefined) return found
    return wanted.kind === 'absent' ? { kind: 'done', link: undefined } : make(service, step)
  }
  if (wanted.kind === 'absent' && wanted.how === 'delete') return remove(service, step, link)
  // A group cannot be suspended: without its members it gives nobody anything.
  const left = wanted.kind === 'absent' ? { ...step, add: [], all: [] } : step
  return service.learned.patch ? bring(service, left, link) : replace(service, left, link)
}

async function remove(service: Service, step: GroupStep, link: Link): Promise<Outcome> {
  const heard = await service.ask('DELETE', pathOf(kind, link.remote))
  if (heard.kind === 'missing') return gone(service, step, link)
  if (heard.kind === 'refused') return heard.never
  return heard.kind === 'later' ? heard : { kind: 'done', link: undefined }
}

/** The group with its first members in one request, or without them where these are refused; then the others. */
async function make(service: Service, step: GroupStep): Promise<Outcome> {
  const { document } = step.wanted
  const members = [...new Set(service.learned.patch ? step.add : (step.all ?? step.add))]
  const first = service.learned.patch ? members.slice(0, AT_ONCE) : members
  const name = document['displayName']
  const names = (shown: JsonObject) => typeof name === 'string' && sameName(shown['displayName'], name)
  const beside = first.length === 0 ? {} : { members: valuesOf(first) }
  let heard = await post(service, kind, document, beside)
  let left = members.slice(first.length)
  const refused = heard.kind === 'missing' || (heard.kind === 'refused' && isOfMembers(heard.status))
  if (refused && first.length > 0 && service.learned.patch) {
    heard = await post(service, kind, document)
    left = members
  }
  const outcome = await posted(service, kind, document, heard, names)
  if (outcome.kind !== 'done' || outcome.link === undefined || left.length === 0) return outcome
  const moves = left.map((remote): Move => ({ move: 'add', remote }))
  const moved = await moveMembers(service, outcome.link.remote, moves, async () => true)
  // The group is there now, without all of its members: the next try must find it.
  if (moved.kind === 'later') return { ...moved, uncertain: true }
  if (moved.kind === 'refused') return moved.never
  if (moved.kind === 'missing') return later('the target does not know the group it made yet', true)
  return { ...outcome, ...refusedOf(moved.refused) }
}

const refusedOf = (refused: readonly Refused[]) => (refused.length === 0 ? {} : { refused })

async function bring(service: Service, step: GroupStep, link: Link): Promise<Outcome> {
  const wanted = sendable(step.wanted.document)
  let confirmed = link.confirmed
  if (step.uncertain) {
    const read = await readOne(service, kind, link.remote, LEAN)
    if (read.kind === 'missing') return gone(service, step, link)
    if (read.kind === 'later') return read
    confirmed = confirm(union(wanted, sendable(confirmed)), read.shown.document, confirmed)
  }
  // Members first: a name that is refused must not keep anybody in.
  const moves: readonly Move[] = [
    ...step.add.map((remote): Move => ({ move: 'add', remote })),
    ...step.remove.map((remote): Move => ({ move: 'remove', remote })),
  ]
  let is: Missing | undefined
  const moved = await moveMembers(service, link.remote, moves, async () => {
    is = await missing(service, kind, link, wanted)
    return is.kind === 'later' ? is : is.kind === 'same'
  })
  if (moved.kind === 'later') return moved
  if (moved.kind === 'refused')
    return knowsNoPatch(moved) ? replace(service, step, link, moved.never) : moved.never
  if (moved.kind === 'missing') return gone(service, step, link, is)
  const done = (shown: JsonObject): Outcome => ({
    kind: 'done',
    link: { remote: link.remote, confirmed: confirm(wanted, shown, wanted) },
    ...refusedOf(moved.refused),
  })
  const changes = changesOf(confirmed, wanted)
  if (changes.length === 0) return done({})
  const written = await write(service, kind, link.remote, changes)
  if (written.kind === 'missing') return gone(service, step, link)
  if (written.kind === 'refused')
    return knowsNoPatch(written) ? replace(service, step, link, written.never) : written.never
  return written.kind === 'later' ? written : done(written.shown)
}

/**
 * A service that takes no differences gets the group as it is to be, with what it shows of it beside. `unknown`: what it
 * comes to where nobody says who is in it: whoever is not named would be put out.
 */
async function replace(service: Service, step: GroupStep, link: Link, unknown?: Never): Promise<Outcome> {
  const wanted = sendable(step.wanted.document)
  const read = await readOne(service, kind, link.remote)
  if (read.kind === 'missing') return gone(service, step, link)
  if (read.kind === 'later') return read
  const { document } = read.shown
  if (unknown !== undefined && step.all === undefined && !isList(document['members'])) return unknown
  const { members: _, ...shown } = document
  const held = confirm(union(wanted, sendable(link.confirmed)), shown, {})
  const kept = changed(shown, changesOf(held, wanted))
  const refused: Refused[] = []
  for (let members = membersOf(step, document); ;) {
    const whole = { ...kept, members: valuesOf(members) }
    const written = await putBack(service, kind, link.remote, read.shown, whole)
    if (written.kind === 'missing') return gone(service, step, link)
    if (written.kind === 'later') return written
    if (written.kind === 'written') {
      const confirmed = confirm(wanted, written.shown, wanted)
      return { kind: 'done', link: { remote: link.remote, confirmed }, ...refusedOf(refused) }
    }
    // The whole is refused for some, who may be named.
    const { never, detail, status } = written
    const named = isOfMembers(status) ? members.filter((remote) => namesId(detail, remote)) : []
    if (named.length === 0) return never
    refused.push(...named.map((remote) => ({ remote, words: never.words })))
    members = members.filter((remote) => !named.includes(remote))
  }
}

/** All the members there are to be; worked out from those that are shown where the bridge did not say. */
function membersOf({ all, add, remove: out }: GroupStep, { members }: JsonObject): readonly string[] {
  if (all !== undefined) return [...new Set(all)]
  const shown = (isList(members) ? members : []).flatMap((each) => {
    const value = isJsonObject(each) ? each['value'] : each
    return typeof value === 'string' || typeof value === 'number' ? [String(value)] : []
  })
  return [...new Set([...shown, ...add])].filter((remote) => !out.includes(remote))
}

/** A group that is made anew gets everybody. */
const withAll = (step: GroupStep): GroupStep => ({ ...step, add: step.all ?? step.add })

async function gone(service: Service, step: GroupStep, link: Link, known?: Missing): Promise<Outcome> {
  const found = known ?? (await missing(service, kind, link, step.wanted.document))
  switch (found.kind) {
    case 'gone':
      return step.wanted.kind === 'absent' ? { kind: 'done', link: undefined } : make(service, withAll(step))
    case 'same':
      return later('the target lists the group and answers 404 for it', true)
    case 'found':
    case 'later':
      return found
  }
}
