import { isJsonObject, isList, type JsonObject } from '../../scim/json.ts'
import type { Link, Outcome, UserStep } from '../target.ts'
import { changesOf, sendable, type Change } from './changes.ts'
import { confirm, union } from './confirmed.ts'
import { findOne, post, posted } from './create.ts'
import { later } from './hear.ts'
import { kinds, pathOf } from './kinds.ts'
import { missing } from './missing.ts'
import { readOne, type Service } from './service.ts'
import { write, type Written } from './write.ts'

const kind = kinds.User

/** Takes a service and a step; brings the person there. */
export async function deliverUser(service: Service, step: UserStep): Promise<Outcome> {
  const outcome = await deliver(service, step)
  // What may have happened before may still have happened.
  return outcome.kind === 'later' && step.uncertain ? { ...outcome, uncertain: true } : outcome
}

async function deliver(service: Service, step: UserStep): Promise<Outcome> {
  const { wanted, link, uncertain } = step
  const { document } = wanted
  if (link === undefined) {
    if (wanted.kind === 'absent' && !uncertain) return { kind: 'done', link: undefined }
    return (await findOne(service, kind, document)) ?? make(service, step)
  }
  if (wanted.kind === 'present') return bring(service, step, link, () => sendable(document))
  if (wanted.how === 'delete' || service.deleteSuspends) return remove(service, step, link)
  // Whatever else the target has of somebody who was deleted here stays as it is.
  return bring(service, step, link, (confirmed) => ({ ...sendable(confirmed), active: false }))
}

/** A person who is not to be active is not made to be suspended. */
const isWantedThere = ({ wanted }: UserStep) =>
  wanted.kind === 'present' && wanted.document['active'] !== false

async function make(service: Service, step: UserStep): Promise<Outcome> {
  const { document } = step.wanted
  if (!isWantedThere(step)) return { kind: 'done', link: undefined }
  const heard = await post(service, kind, document)
  return posted(service, kind, document, heard, (shown) => namesPerson(shown, document))
}

/** Says whether an answer is about the person who was sent: by the provider's id, the userName, or an address. */
function namesPerson(shown: JsonObject, sent: JsonObject): boolean {
  const { externalId } = sent
  if (typeof externalId === 'string' && externalId !== '' && shown['externalId'] === externalId) return true
  const texts = (document: JsonObject) => {
    const emails = document['emails']
    const values = isList(emails) ? emails.map((each) => (isJsonObject(each) ? each['value'] : each)) : []
    return [document['userName'], ...values].filter((text) => typeof text === 'string')
  }
  const wanted = new Set(texts(sent).map((text) => text.toLowerCase()))
  return texts(shown).some((text) => wanted.has(text.toLowerCase()))
}

async function bring(
  service: Service,
  step: UserStep,
  link: Link,
  wantedOf: (confirmed: JsonObject) => JsonObject,
): Promise<Outcome> {
  const { remote } = link
  let confirmed = link.confirmed
  if (step.uncertain) {
    const read = await readOne(service, kind, remote)
    if (read.kind === 'missing') return gone(service, step, link)
    if (read.kind === 'later') return read
    // Whether there is access is what is shown now: what was shown earlier may have been undone by the try before.
    const { active: _, ...others } = confirmed
    confirmed = confirm(union(wantedOf(confirmed), sendable(confirmed)), read.shown.document, others)
  }
  const wanted = wantedOf(confirmed)
  const changes = changesOf(confirmed, wanted)
  if (wanted['active'] !== false || confirmed['active'] === false) {
    return change(service, step, link, wanted, changes)
  }
  // Taking access away goes first and alone, so that nothing else can hold it up.
  const trouble = await suspend(service, step, link)
  if (trouble !== undefined) return trouble
  const others = changes.filter(({ path }) => path[0] !== 'active')
  const outcome = await change(service, step, link, wanted, others)
  if (outcome.kind === 'never') {
    // Access is gone, whatever else the target does not take.
    return { kind: 'done', link: suspended({ remote, confirmed }), differs: outcome.words }
  }
  // The suspension has happened: the next try must see it.
  return outcome.kind === 'later' ? { ...outcome, uncertain: true } : outcome
}

async function change(
  service: Service,
  step: UserStep,
  link: Link,
  wanted: JsonObject,
  changes: readonly Change[],
): Promise<Outcome> {
  const done = (shown: JsonObject): Outcome => ({
    kind: 'done',
    link: { remote: link.remote, confirmed: confirm(wanted, shown, wanted) },
  })
  if (changes.length === 0) return done({})
  const written = await write(service, kind, link.remote, changes)
  if (written.kind !== 'written') return failed(service, step, link, written)
  if (wanted['active'] === false) {
    // Any change may give access back, or show that it was never taken: nobody is suspended whom the target shows active.
    const trouble = await unproven(service, step, link, written.shown)
    return trouble ?? done({ ...written.shown, active: false })
  }
  const outcome = done(written.shown)
  const asked = changes.some(({ path }) => path[0] === 'active')
  const active = outcome.kind === 'done' ? outcome.link?.confirmed['active'] : undefined
  return asked && active !== wanted['active']
    ? later('the target took the change and does not show it yet', true)
    : outcome
}

/** Gives nothing where the person is suspended for certain. */
async function suspend(service: Service, step: UserStep, link: Link): Promise<Outcome | undefined> {
  const written = await write(service, kind, link.remote, [{ path: ['active'], value: false }])
  if (written.kind !== 'written') return failed(service, step, link, written)
  return unproven(service, step, link, written.shown)
}

/**
 * Takes what an answer showed of somebody who is to have no access; gives nothing where that is shown, there or by another
 * look, and else what the step comes to.
 */
async function unproven(
  service: Service,
  step: UserStep,
  link: Link,
  shown: JsonObject,
): Promise<Outcome | undefined> {
  if (isInactive(shown)) return undefined
  const read = await readOne(service, kind, link.remote)
  if (read.kind === 'missing') return gone(service, step, link)
  if (read.kind === 'later') return { ...read, uncertain: true }
  if (isInactive(read.shown.document)) return undefined
  return later('the target took the suspension and does not show it yet', true)
}

function isInactive({ active }: JsonObject): boolean {
  return active === false || (typeof active === 'string' && active.toLowerCase() === 'false')
}

async function remove(service: Service, step: UserStep, link: Link): Promise<Outcome> {
  const heard = await service.ask('DELETE', pathOf(kind, link.remote))
  if (heard.kind === 'missing') return gone(service, step, link)
  if (heard.kind === 'refused') return heard.never
  if (heard.kind === 'later') return heard
  return { kind: 'done', link: service.deleteSuspends ? suspended(link) : undefined }
}

const suspended = ({ remote, confirmed }: Link): Link => ({
  remote,
  confirmed: { ...confirmed, active: false },
})

async function failed(
  service: Service,
  step: UserStep,
  link: Link,
  written: Exclude<Written, { kind: 'written' }>,
): Promise<Outcome> {
  if (written.kind === 'missing') return gone(service, step, link)
  return written.kind === 'refused' ? written.never : written
}

/** A 404 of the person alone proves nothing. What the service has of that name tells. */
async function gone(service: Service, step: UserStep, link: Link): Promise<Outcome> {
  const found = await missing(service, kind, link, step.wanted.document)
  switch (found.kind) {
    case 'gone':
      return make(service, step)
    case 'same':
      return !isWantedThere(step) && isInactive(found.account.document)
        ? { kind: 'done', link: suspended(link) }
        : later('the target lists the account and answers 404 for it', true)
    case 'found':
    case 'later':
      return found
  }
}
