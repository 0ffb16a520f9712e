import * as v from 'valibot'
import { ScimError } from '../../scim/error.ts'
import { revokeAll } from '../../store/tokens.ts'
import { endLock, freeze, suspendAt, whomOf, type Emergency } from '../../sync/emergency.ts'
import { operation, type Tools } from '../operation.ts'
import { isAllowed } from '../permissions.ts'
import { notFound, Problem } from '../problem.ts'
import { fields } from './fields.ts'

/** What suspending somebody at one connection takes of subrequests: how it stands, and the lock. */
const TRIPS = 3

const emergencyOf = ({ database, delivery, request, now, admin }: Tools): Emergency => ({
  database,
  sign: delivery.sign,
  prove: delivery.prove,
  id: request,
  at: now,
  who: admin.who,
})

const named = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, 'expected a userName, an e-mail address or an id'),
  v.maxLength(256, 'expected at most 256 characters'),
)

const found = v.object({
  connection: v.string(),
  connectionName: v.string(),
  id: v.string(),
  name: v.optional(v.string()),
  hasTarget: v.boolean(),
  isLocked: v.boolean(),
})

export const emergencyFind = operation({
  id: 'emergency.find',
  summary: 'As whom your connections have somebody: by userName, e-mail address or id',
  method: 'GET',
  path: '/emergency/people',
  needs: 'operate',
  anywhere: true,
  input: v.object({ person: named }),
  output: v.array(found),
  run: async ({ database, admin }, { person }) => {
    const all = await whomOf(database, person, (connection) => isAllowed(admin, connection, 'operate'))
    return all.map(({ name, hasTarget, isLocked, ...rest }) => ({
      ...rest,
      name: name ?? undefined,
      hasTarget: hasTarget === 1,
      isLocked: isLocked === 1,
    }))
  },
})

export const personLock = operation({
  id: 'person.lock',
  summary: 'Suspend somebody at the target, whatever the provider pushes, until an admin ends it',
  method: 'POST',
  path: '/connections/:connection/people/:person/lock',
  needs: 'operate',
  input: v.object({ connection: v.string(), person: v.string(), reason: fields.reason }),
  output: v.object({ outcome: v.picklist(['locked', 'deactivated']) }),
  subject: ({ person }) => person,
  run: async (tools, { connection, person, reason }) => {
    const outcome = await suspendAt(emergencyOf(tools), connection, person, reason).catch(
      (error: unknown) => {
        if (error instanceof ScimError) throw new Problem(error.status === 404 ? 404 : 409, error.message)
        throw error
      },
    )
    if (outcome === 'missing') throw notFound()
    if (outcome === 'unset')
      throw new Problem(409, 'MAC_KEYS is not set at the bridge: nothing can be delivered.')
    return { outcome }
  },
})

export const personUnlock = operation({
  id: 'person.unlock',
  summary: 'End a lock: what the provider wants counts again',
  method: 'POST',
  path: '/connections/:connection/people/:person/unlock',
  needs: 'manage',
  input: v.object({ connection: v.string(), person: v.string(), reason: fields.reason }),
  output: v.object({ ended: v.boolean() }),
  subject: ({ person }) => person,
  run: async (tools, { connection, person }) => ({
    ended: await endLock(emergencyOf(tools), connection, person),
  }),
})

const outcome = v.object({
  ...found.entries,
  outcome: v.picklist(['locked', 'deactivated', 'failed', 'later']),
})

export const emergencySuspend = operation({
  id: 'emergency.suspend',
  summary: 'Suspend somebody at the targets of all your connections at once',
  method: 'POST',
  path: '/emergency/suspend',
  needs: 'operate',
  anywhere: true,
  input: v.object({ person: named, reason: fields.reason }),
  output: v.array(outcome),
  run: async (tools, { person, reason }) => {
    const all = await emergencyFind.handle(tools, { person })
    const { budget } = tools.delivery.limits()
    const done: v.InferInput<typeof outcome>[] = []
    for (const one of all) {
      budget.left -= TRIPS
      // Each of them is recorded as its connection's own; one that fails stops no other.
      const came =
        budget.left < 0
          ? 'later'
          : await personLock.handle(tools, { connection: one.connection, person: one.id, reason }).then(
              (locked) => locked.outcome,
              (error: unknown) => {
                if (error instanceof Problem) return 'failed' as const
                throw error
              },
            )
      done.push({ ...one, outcome: came })
    }
    return done
  },
})

export const tokenRevokeAll = operation({
  id: 'token.revokeAll',
  summary: 'Revoke every token of a connection at once',
  method: 'POST',
  path: '/connections/:connection/tokens/revoke-all',
  needs: 'manage',
  input: v.object({ connection: v.string(), reason: fields.reason }),
  output: v.object({ revoked: v.number() }),
  run: async ({ database, now }, { connection }) => ({ revoked: await revokeAll(database, connection, now) }),
})

export const connectionFreeze = operation({
  id: 'connection.freeze',
  summary: 'Freeze every delivery of a connection but deactivations',
  method: 'POST',
  path: '/connections/:connection/freeze',
  needs: 'operate',
  input: v.object({ connection: v.string(), reason: fields.reason }),
  output: v.object({ frozen: v.boolean() }),
  run: async ({ database, now }, { connection }) => {
    await freeze(database, connection, true, now)
    return { frozen: true }
  },
})

export const connectionThaw = operation({
  id: 'connection.thaw',
  summary: 'Let the deliveries of a connection go on that was frozen or paused',
  method: 'POST',
  path: '/connections/:connection/thaw',
  needs: 'manage',
  input: v.object({ connection: v.string(), reason: fields.reason }),
  output: v.object({ frozen: v.boolean() }),
  run: async ({ database, now }, { connection }) => {
    await freeze(database, connection, false, now)
    return { frozen: false }
  },
})
