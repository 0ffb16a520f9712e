import { afterAll } from 'vitest'
import type { JsonObject } from '../../worker/scim/json.ts'
import { openOutbound, type Outbound } from '../../worker/targets/outbound.ts'
import { scimTarget, type ScimSettings } from '../../worker/targets/scim.ts'
import type { GroupStep, Link, Outcome, Target, UserStep } from '../../worker/targets/target.ts'
import { startScripted, type ScriptedServer } from './servers/scripted.ts'

/** A service that is told what to answer, the settings that lead there, and the target. */
export type ScriptedTarget = {
  readonly server: ScriptedServer
  readonly settings: ScimSettings
  readonly target: Target
}

/** Takes the bearer token; starts the service for the tests of a file, and stops it behind them. */
export async function scriptedTarget(token = 'token'): Promise<ScriptedTarget> {
  const server = await startScripted()
  afterAll(() => server.stop())
  const settings = { kind: 'scim', url: server.url, auth: { kind: 'bearer', token }, learned: {} } as const
  return { server, settings, target: scimTarget(settings) }
}

/** The way out that a run has: so many requests, to this machine too. */
export function way(requests = 100): Outbound {
  return openOutbound({ budget: { left: requests }, until: Date.now() + 30_000, loopback: true })
}

const step = { connection: 'c1', resource: 'r1', uncertain: false, link: undefined, key: 'k1' }

/** Takes a document and what differs from a first try; gives the step that brings the person. */
export function user(document: JsonObject, differs: Partial<UserStep> = {}): UserStep {
  return { ...step, type: 'User', wanted: { kind: 'present', document }, ...differs }
}

/** Takes a document and what differs from a first try; gives the step that brings the group. */
export function group(document: JsonObject, differs: Partial<GroupStep> = {}): GroupStep {
  return {
    ...step,
    type: 'Group',
    wanted: { kind: 'present', document },
    add: [],
    remove: [],
    all: undefined,
    ...differs,
  }
}

/** Takes a document; gives what is wanted of somebody the bridge has no more. */
export function absent(document: JsonObject, how: 'suspend' | 'delete') {
  return { kind: 'absent', how, document } as const
}

/** Takes an outcome; gives its link. Throws where it is not done, or done without one. */
export function linkOf(outcome: Outcome): Link {
  if (outcome.kind === 'done' && outcome.link !== undefined) return outcome.link
  throw new Error(`expected a link: ${JSON.stringify(outcome)}`)
}

export const ada: JsonObject = {
  userName: 'Ada@example.com',
  externalId: 'e-1',
  name: { givenName: 'Ada', familyName: 'Lovelace' },
  displayName: 'Ada Lovelace',
  emails: [{ value: 'Ada@example.com', type: 'work', primary: true }],
  active: true,
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'Engines' },
}
