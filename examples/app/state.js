// What the app knows of people and groups. The rules of docs/webhook.md are all here; the rest of the app is transport.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'

const SCIM_ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error'

/**
 * Takes a file; gives the state it holds, an empty one where there is no file. In a real app these are tables: one row a
 * resource and one row a (group, member), each with its seq.
 */
export function openState(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error.code !== 'ENOENT') fail(`STATE ${file} cannot be read: ${error.message}`)
    return { next: 0, made: 0, connections: {} }
  }
}

/** Takes what is wrong with how the program was started; says so in one line and ends it. */
export function fail(message) {
  console.error(message)
  process.exit(1)
}

/** Writes the state so that a crash leaves the old one or the new one. Before the answer: 2xx means that it is kept. */
export function saveState(file, state) {
  writeFileSync(`${file}.new`, JSON.stringify(state))
  renameSync(`${file}.new`, file)
}

/**
 * Takes the state and an event that is known to be the bridge's; brings the state to it. Gives {} or {id}: our own id of
 * the resource; or {refused}: a SCIM Error, where we never want this event. Late, repeated and in any order is fine.
 */
export function apply(state, event) {
  const [type, what] = event.type.split('.')
  // A test is of no connection.
  if (event.connection === undefined) return {}
  const known = (state.connections[event.connection] ??= { floor: 0, user: {}, group: {} })
  if (event.type === 'snapshot.done') {
    finishSnapshot(known, event.seq)
    return {}
  }
  // What is not known yet is taken with 2xx: `test`, and what a later bridge may tell.
  if (!['user', 'group'].includes(type) || !['changed', 'deleted'].includes(what)) return {}

  const entry = known[type][event.resource]
  const refused = refusal(event)
  if (refused !== undefined) {
    // It is in the snapshot all the same, so the end of the snapshot must not drop what we have of it.
    if (event.snapshot && entry !== undefined) entry.seen ??= 0
    return { refused }
  }
  // Whatever a finished snapshot did not show was gone by then, so older news about it is no news.
  if (entry === undefined && event.seq < known.floor) return {}

  const own = (known[type][event.resource] ??= { own: `${type}-${(state.made += 1)}`, seq: 0, wanted: null })
  if (event.seq >= own.seq) {
    own.seq = event.seq
    own.wanted = event.wanted // null where deleted: the entry stays, so that late news does not bring it back
  }
  // Members have numbers of their own: late news of the group may be the newest of a member.
  if (type === 'group') applyMembers(own, event, known.floor)
  if (event.snapshot) own.seen = Math.max(own.seen ?? 0, event.seq)
  return { id: own.own }
}

/** `floor`: whoever has no newer number is out, which is what a whole list and a deletion say of all they do not name. */
function applyMembers(group, { seq, members }, least) {
  group.floor ??= least
  group.members ??= {} // id: [seq, whether in]
  const put = (id, isIn) => {
    if (seq >= (group.members[id]?.[0] ?? group.floor)) group.members[id] = [seq, isIn]
  }
  if (members === undefined || members.all !== undefined) {
    group.floor = Math.max(group.floor, seq)
    for (const id of members?.all ?? []) put(id, true)
  }
  for (const id of members?.add ?? []) put(id, true)
  for (const id of members?.remove ?? []) put(id, false)
}

/** Everything there is has been sent: what was not, and is not newer, is gone, and so are members of large groups. */
function finishSnapshot(known, seq) {
  if (seq <= known.floor) return // a repeat
  known.floor = seq
  for (const entries of [known.user, known.group]) {
    for (const [resource, entry] of Object.entries(entries)) {
      if (entry.seen === undefined && entry.seq <= seq) delete entries[resource]
      if (entry.floor !== undefined) entry.floor = Math.max(entry.floor, entry.seen ?? seq)
      delete entry.seen
    }
  }
}

/** The rules of this app. Only for what will never do: the bridge gives up on it and shows these words to its admin. */
function refusal({ type, wanted }) {
  if (type !== 'user.changed' || (wanted.emails ?? []).length > 0) return undefined
  const detail = 'emails: this app needs an e-mail address for everyone'
  return { schemas: [SCIM_ERROR], status: '400', scimType: 'invalidValue', detail }
}

/** Takes the state and a connection; gives the people and groups there are, with the members that are in. */
export function view(state, connection) {
  const { user = {}, group = {} } = state.connections[connection] ?? {}
  const there = (entries) => Object.entries(entries).filter(([, { wanted }]) => wanted !== null)
  const isIn = ({ floor, members }) =>
    Object.keys(members).filter((id) => members[id][1] && members[id][0] >= floor)
  return {
    people: Object.fromEntries(there(user).map(([id, { wanted }]) => [id, wanted])),
    groups: Object.fromEntries(
      there(group).map(([id, entry]) => [id, { ...entry.wanted, members: isIn(entry).toSorted() }]),
    ),
  }
}
