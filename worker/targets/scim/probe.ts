import type { Outbound } from '../outbound.ts'
import type { Capabilities, Probe } from '../target.ts'
import { readConfig, readList } from './answers.ts'
import type { Heard } from './hear.ts'
import { AT_ONCE } from './members.ts'
import { openService, PROOF } from './service.ts'
import { assumed, type Learned, type ScimSettings } from './settings.ts'

/** Takes what was learned of a service; gives what it can do. */
export function capabilitiesOf({ patch }: Learned): Capabilities {
  return {
    create: true,
    update: true,
    suspend: true,
    reactivate: true,
    delete: true,
    groups: true,
    membersAtOnce: AT_ONCE,
    wholeGroups: !patch,
    list: true,
    everyChange: false,
  }
}

/** Takes settings and the way out; tests them, and changes nothing. */
export async function probe(settings: ScimSettings, send: Outbound): Promise<Probe> {
  const service = openService(settings, send)
  const config = await service.ask('GET', '/ServiceProviderConfig')
  const learned = learnedFrom(config)
  if ('kind' in learned) return learned
  const proof = await service.ask('GET', PROOF)
  if (proof.kind === 'missing') return bad('nothing is at this address: the target answers 404 at /Users')
  if (proof.kind === 'refused') return bad(proof.never.words)
  if (proof.kind === 'later') return bad(proof.words)
  if (readList(proof.body) === undefined)
    return bad('the target answers /Users with something that is no SCIM list')
  const url = new URL(settings.url)
  return {
    kind: 'good',
    capabilities: capabilitiesOf(learned),
    account: `${url.origin}${url.pathname}`,
    words: wordsOf(learned, config.kind === 'ok'),
    learned,
  }
}

const bad = (words: string): Probe => ({ kind: 'bad', words })

/** A service that has no such page, or one of its own making, is taken as one that can do what is usual. */
function learnedFrom(config: Heard): Learned | Probe {
  if (config.kind === 'later') return bad(config.words)
  const read = config.kind === 'ok' ? readConfig(config.body) : undefined
  return {
    patch: read?.patch?.supported ?? assumed.patch,
    filter: read?.filter?.supported ?? assumed.filter,
    etag: read?.etag?.supported ?? assumed.etag,
    // Some say 0 where they mean that there is no limit.
    maxResults: Math.max(read?.filter?.maxResults || assumed.maxResults, 1),
  }
}

function wordsOf({ patch, filter }: Learned, said: boolean): string {
  const lacks = [
    ...(patch ? [] : ['PATCH: people and groups are sent whole']),
    ...(filter ? [] : ['filters: people and groups are looked up page by page']),
  ]
  const config = said ? '' : ' It does not say what it can do.'
  return `The target answers, and takes the credentials.${config}${lacks.map((lack) => ` It knows no ${lack}.`).join('')}`
}
