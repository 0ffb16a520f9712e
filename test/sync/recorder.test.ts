import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../worker/scim/json.ts'
import { recorder, runDry } from '../../worker/sync/dryRun.ts'
import type { Incoming, Outgoing } from '../../worker/targets/outbound.ts'
import { scimTarget } from '../../worker/targets/scim.ts'
import type { GroupStep, Link, Outcome, Target, UserStep } from '../../worker/targets/target.ts'
import { webhookTarget } from '../../worker/targets/webhook.ts'

const URL_OF = 'https://target.test/scim?key=secret'
const answer = (body: unknown, status = 200): Incoming => ({
  kind: 'answered',
  status,
  headers: new Headers(),
  body,
})
const list = (...Resources: object[]) => ({ totalResults: Resources.length, Resources })

/** A way out that only reads may take, and tokens. */
function reads(of: (request: Outgoing) => Incoming) {
  const sent: string[] = []
  const send = (request: Outgoing) => {
    sent.push(`${request.method} ${new URL(request.url).pathname}`)
    return Promise.resolve(of(request))
  }
  return { sent, send }
}

const step = (wanted: JsonObject, link?: Link): UserStep => ({
  connection: 'c',
  resource: 'u1',
  type: 'User',
  wanted: { kind: 'present', document: wanted },
  link,
  uncertain: false,
  key: 'k',
  event: { seq: 1, at: '2026-01-01T00:00:00.000Z' },
})
const scim = (learned: JsonObject) =>
  scimTarget({ kind: 'scim', url: 'https://target.test', auth: { kind: 'bearer', token: 'secret' }, learned })
const putOnly = scim({ patch: false })

async function deliver(target: Target, one: UserStep, of: (request: Outgoing) => Incoming) {
  const { sent, send } = reads(of)
  const dry = recorder(send, one.resource, one.link)
  const outcome = await runDry(dry, one, () => target.deliverUser(one, dry.send))
  return { outcome, sent, steps: dry.steps() }
}

describe('the way out of a dry run', () => {
  test('a token is asked for, with a form that says so; any other form is a write', async () => {
    const { sent, send } = reads(() => answer({ access_token: 't' }))
    const dry = recorder(send, 'u1', undefined)
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' }
    const form = (body: string) => dry.send({ method: 'POST', url: URL_OF, headers, body })
    expect(await form('grant_type=client_credentials')).toMatchObject({ body: { access_token: 't' } })
    expect(sent).toEqual(['POST /scim'])
    expect(dry.steps()).toEqual([])
    await form('name=x')
    expect(sent).toHaveLength(1)
    expect(dry.steps()).toEqual([{ method: 'POST', path: '/scim' }])
  })

  test('neither host, query nor headers are kept', async () => {
    const dry = recorder(() => Promise.reject(new Error('sent')), 'u1', undefined)
    const headers = { authorization: 'Bearer secret', 'content-type': 'application/json' }
    await dry.send({ method: 'PATCH', url: URL_OF, headers, body: '{"a":1}' })
    expect(dry.steps()).toEqual([{ method: 'PATCH', path: '/scim', body: { a: 1 } }])
  })

  test('a service that takes no PATCH: read once, and every PUT is recorded', async () => {
    const link = { remote: 'r1', confirmed: { userName: 'anna', displayName: 'Anna', active: true } }
    const wanted = { userName: 'anna', displayName: 'A', active: false }
    const { outcome, sent, steps } = await deliver(putOnly, step(wanted, link), () =>
      answer({ id: 'r1', userName: 'anna', displayName: 'Anna', active: true, title: 'Boss' }),
    )
    expect(sent).toEqual(['GET /Users/r1'])
    expect(steps).toMatchObject([
      { method: 'PUT', body: { active: false, displayName: 'Anna', title: 'Boss' } },
      { method: 'PUT', body: { active: false, displayName: 'A', title: 'Boss' } },
    ])
    expect(outcome).toMatchObject({ kind: 'done', link: { remote: 'r1', confirmed: wanted } })
  })

  test('the same of somebody whom the dry run itself made: nothing is read', async () => {
    const link = { remote: 'dry:u1', confirmed: { userName: 'anna', active: true } }
    const { sent, steps } = await deliver(putOnly, step({ userName: 'anna', active: false }, link), () => {
      throw new Error('asked')
    })
    expect(sent).toEqual([])
    expect(steps).toMatchObject([{ method: 'PUT', path: '/Users/dry%3Au1', body: { active: false } }])
  })

  test('a target that reads back what its write has done: taken for done', async () => {
    const strange = async (send: Parameters<Target['deliverUser']>[1]): Promise<Outcome> => {
      const base = { url: 'https://target.test/users/r1', headers: {} }
      await send({ ...base, method: 'GET' })
      await send({ ...base, method: 'POST', url: `${base.url}:suspend` })
      const read = await send({ ...base, method: 'GET', url: `${base.url}/state` })
      return { kind: 'later', words: JSON.stringify(read), uncertain: true, whose: 'resource' }
    }
    const link = { remote: 'r1', confirmed: { userName: 'anna', active: true } }
    const { sent, send } = reads(() => answer({ id: 'r1', state: 'ACTIVE' }))
    const dry = recorder(send, 'u1', link)
    const wanted = { userName: 'anna', active: false }
    const outcome = await runDry(dry, step(wanted, link), () => strange(dry.send))
    expect(sent).toEqual(['GET /users/r1'])
    expect(dry.steps()).toEqual([{ method: 'POST', path: '/users/r1:suspend' }])
    expect(outcome).toEqual({ kind: 'done', link: { remote: 'r1', confirmed: wanted } })
  })

  test('a webhook is told nothing, and the event is recorded', async () => {
    const secret = `whsec_${btoa('x'.repeat(32))}`
    const target = webhookTarget({
      kind: 'webhook',
      url: 'https://app.test/hook',
      secrets: [secret],
      learned: {},
    })
    const { outcome, sent, steps } = await deliver(target, step({ userName: 'anna', active: true }), () => {
      throw new Error('asked')
    })
    expect(sent).toEqual([])
    expect(steps).toMatchObject([{ method: 'POST', path: '/hook', body: { wanted: { userName: 'anna' } } }])
    expect(outcome).toMatchObject({ kind: 'done', link: { remote: 'dry:u1' } })
  })

  test('a group with more members than one request takes: every request is recorded', async () => {
    const add = Array.from({ length: 250 }, (_, index) => `r${index}`)
    const group: GroupStep = {
      ...step({ displayName: 'Team' }),
      type: 'Group',
      resource: 'g1',
      add,
      remove: [],
      all: undefined,
    }
    const { send } = reads(() => answer(list()))
    const dry = recorder(send, 'g1', undefined)
    const outcome = await runDry(dry, group, () => scim({}).deliverGroup(group, dry.send))
    expect(outcome).toMatchObject({ kind: 'done', link: { remote: 'dry:g1' } })
    const recorded = JSON.stringify(dry.steps())
    expect(add.filter((remote) => !recorded.includes(`"${remote}"`))).toEqual([])
  })
})
