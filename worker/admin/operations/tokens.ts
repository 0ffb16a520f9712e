import * as v from 'valibot'
import type { Config } from '../../config.ts'
import { isPerson } from '../../store/people.ts'
import { liveTokens, renameToken, revokeToken, SCOPES, type TokenRow } from '../../store/tokens.ts'
import { makeToken, rotateToken, type Allowed } from '../makeToken.ts'
import { operation, type Tools } from '../operation.ts'
import { isAllowed } from '../permissions.ts'
import { Problem } from '../problem.ts'
import { countdownDays, tokenFields, tokenName } from '../tokenInput.ts'

const DAY = 86_400

const text = v.nullable(v.string())

/** A token as it is shown: everything but the token itself. Times are ISO 8601. */
const shown = v.object({
  id: v.string(),
  name: text,
  scope: v.array(v.string()),
  person: text,
  networks: v.nullable(v.array(v.string())),
  domains: v.nullable(v.array(v.string())),
  made: v.string(),
  madeBy: text,
  lastUsed: text,
  lastUsedFrom: text,
  /** From then on it only reads and deactivates; and when it ends. */
  renewBy: text,
  expires: text,
  slidingDays: v.nullable(v.number()),
  /** The token that takes its place. */
  replacedBy: text,
  kid: v.string(),
})

/** A token as the API and the pages show it. */
export type ShownToken = v.InferOutput<typeof shown>

const iso = (seconds: number | null) => (seconds === null ? null : new Date(seconds * 1000).toISOString())

const shownOf = (row: TokenRow, showsNames: boolean): ShownToken => ({
  id: row.jti,
  name: row.name,
  scope: row.scope === '' ? [] : row.scope.split(' '),
  person: row.user,
  networks: row.networks === null ? null : Object.keys(row.networks),
  domains: row.domains,
  made: new Date(row.issued * 1000).toISOString(),
  madeBy: showsNames ? row.madeBy : null,
  lastUsed: iso(row.used),
  lastUsedFrom: row.usedFrom,
  renewBy: iso(row.renewBy),
  expires: iso(row.expires),
  slidingDays: row.sliding === null ? null : row.sliding / DAY,
  replacedBy: row.replacedBy,
  kid: row.kid,
})

export const tokenList = operation({
  id: 'token.list',
  summary: 'The live API tokens of a connection, oldest first',
  method: 'GET',
  path: '/connections/:connection/tokens',
  needs: 'look',
  input: v.object({ connection: v.string() }),
  output: v.array(shown),
  run: async ({ database, now, admin }, { connection }) => {
    const rows = await liveTokens(database, connection, now)
    return rows.map((row) => shownOf(row, isAllowed(admin, connection, 'names')))
  },
})

const made = v.object({ token: v.string(), jti: v.string() })

export const tokenCreate = operation({
  id: 'token.create',
  summary: 'Make an API token. It is shown this once',
  method: 'POST',
  path: '/connections/:connection/tokens',
  needs: 'manage',
  input: v.object({ connection: v.string(), ...tokenFields }),
  output: made,
  shows: ['name', 'scope', 'domains', 'person', 'expiresInDays', 'slidingDays'],
  run: async (tools, { connection, ...given }) => {
    const { database, config, now, admin } = tools
    if (given.expiresInDays !== undefined && given.slidingDays !== undefined)
      throw new Problem(400, 'slidingDays: expected none beside expiresInDays', 'slidingDays')
    const { person } = given
    if (person !== undefined && !(await isPerson(database, connection, person)))
      throw new Problem(400, 'person: expected the id of a person of this connection', 'person')
    const allowed: Allowed = {
      scope: scopeOf(config, given.scope ?? []),
      madeBy: admin.who,
      networks: given.networks ?? [],
      domains: given.domains ?? [],
      ...(given.name === undefined ? {} : { name: given.name }),
      ...(person === undefined ? {} : { user: person }),
      ...(given.slidingDays === undefined ? {} : { sliding: given.slidingDays * DAY }),
      ...(given.expiresInDays === undefined
        ? {}
        : { expires: Math.floor(now.getTime() / 1000) + given.expiresInDays * DAY }),
    }
    return makeToken(database, config, connection, allowed, now)
  },
})

/** Without a name no scope is all of SCIM; a word that nobody knows would allow nothing. */
function scopeOf({ catalog }: Config, words: readonly string[]): string {
  const known = scopeWords(catalog)
  const unknown = words.find((word) => !known.includes(word))
  if (unknown === undefined) return [...new Set(words)].join(' ')
  throw new Problem(400, `scope: expected some of ${known.join(', ')}, not ${unknown}`, 'scope')
}

/** Takes what is served; gives the words a scope may have: those of the declared resources among them. */
export function scopeWords({ types }: Config['catalog']): readonly string[] {
  return [...new Set([...SCOPES, ...types.map(({ scope }) => scope)])]
}

const one = v.object({ connection: v.string(), token: v.string() })

/** The token of an operation. Throws Problem where it is not there, or has ended. */
async function liveToken({ database, now }: Tools, given: v.InferOutput<typeof one>): Promise<TokenRow> {
  const found = (await liveTokens(database, given.connection, now)).find(({ jti }) => jti === given.token)
  if (found !== undefined) return found
  throw new Problem(
    404,
    'There is no live token of this id in this connection. The list shows which there are.',
  )
}

export const tokenRotate = operation({
  id: 'token.rotate',
  summary: 'Make a token of the same rights in place of one, which ends after some days (7). Shown this once',
  method: 'POST',
  path: '/connections/:connection/tokens/:token/rotate',
  needs: 'manage',
  input: v.object({ ...one.entries, days: countdownDays }),
  output: made,
  subject: ({ token }) => token,
  shows: ['days'],
  run: async (tools, { connection, token, days }) => {
    const { database, config, now, admin } = tools
    await liveToken(tools, { connection, token })
    const countdown = days === undefined ? undefined : days * DAY
    const rotated = await rotateToken(database, config, connection, token, {
      madeBy: admin.who,
      now,
      countdown,
    })
    if (rotated !== undefined) return { token: rotated.token, jti: rotated.jti }
    throw new Problem(
      409,
      'Another token takes the place of this one already. Rotate that one, or revoke it first.',
    )
  },
})

export const tokenRevoke = operation({
  id: 'token.revoke',
  summary: 'End a token at once',
  method: 'POST',
  path: '/connections/:connection/tokens/:token/revoke',
  needs: 'manage',
  input: v.object({ ...one.entries, reason: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(500))) }),
  output: v.object({}),
  subject: ({ token }) => token,
  run: async (tools, { connection, token }) => {
    await liveToken(tools, { connection, token })
    await revokeToken(tools.database, token, tools.now, connection)
    return {}
  },
})

export const tokenRename = operation({
  id: 'token.rename',
  summary: 'Call a token something else',
  method: 'PUT',
  path: '/connections/:connection/tokens/:token',
  needs: 'manage',
  input: v.object({ ...one.entries, name: tokenName }),
  output: v.object({}),
  subject: ({ token }) => token,
  shows: ['name'],
  run: async (tools, { connection, token, name }) => {
    await liveToken(tools, { connection, token })
    await renameToken(tools.database, connection, token, name)
    return {}
  },
})
