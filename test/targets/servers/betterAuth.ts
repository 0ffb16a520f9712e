import { randomUUID } from 'node:crypto'
import { memoryAdapter } from '@better-auth/memory-adapter'
import { scim } from '@better-auth/scim'
import { betterAuth, type BetterAuthPlugin } from 'better-auth'
import { toNodeHandler } from 'better-auth/node'
import { listen, type Held, type ScimServer } from './server.ts'

/** The tables its memory holds: those of better-auth and those of its SCIM plugin. */
const TABLES =
  'user session account verification rateLimit scimConnectionBinding scimIdentityTombstone scimSubject scimUser ' +
  'scimProjectionGrant scimGroup scimGroupMember'

/** Its types do not allow for exactOptionalPropertyTypes: a table it does not use is undefined there, and not missing. */
function plugin(token: string): BetterAuthPlugin {
  const { schema, ...rest } = scim({
    connections: [{ id: 'bridge', credentials: [{ type: 'bearer', id: 'one', token }] }],
  })
  const used = Object.entries(schema).flatMap(([name, table]) => (table === undefined ? [] : [[name, table]]))
  return { ...rest, schema: Object.fromEntries(used) }
}

/** Starts better-auth with its SCIM plugin, with everything in memory. */
export async function startBetterAuth(): Promise<ScimServer> {
  const token = `better-${randomUUID()}`
  const memory: Record<string, Record<string, unknown>[]> = Object.fromEntries(
    TABLES.split(' ').map((name) => [name, []]),
  )
  let handler: ReturnType<typeof toNodeHandler> | undefined
  const { origin, stop } = await listen((request, response) => {
    handler?.(request, response).catch(() => response.destroy())
  })
  const auth = betterAuth({
    baseURL: origin,
    secret: randomUUID() + randomUUID(),
    database: memoryAdapter(memory),
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    logger: { disabled: true },
    plugins: [plugin(token)],
  })
  handler = toNodeHandler(auth)
  const rows = (name: string): readonly Held[] => memory[name] ?? []
  return {
    url: `${origin}/api/auth/scim/v2`,
    token,
    users: async () => rows('scimUser'),
    groups: async () =>
      rows('scimGroup').map((group) => ({
        ...group,
        members: rows('scimGroupMember')
          .filter(({ groupId }) => groupId === group['id'])
          .map(({ scimUserId }) => ({ value: scimUserId })),
      })),
    stop,
  }
}
