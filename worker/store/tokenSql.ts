import type { Need, Refusal, Request } from './admission.ts'
import { sql, type SQL } from './database.ts'

/** The scope that lets a token into the API of those who run the bridge. It is asked for by name: no token has it unasked. */
export const ADMIN_SCOPE = 'admin'

/** Takes a request; gives where its token's row comes from, as `t`; without one, all of it is NULL. */
export function tokenOf({ caller }: Request): SQL {
  return sql`FROM (SELECT 1) LEFT JOIN tokens t ON t.jti = ${caller.token} AND t.connection = ${caller.connection}`
}

/**
 * Takes a request and its need; gives the refusals of its token, in order. A token that is bound to a person reads that person;
 * the words of a scope narrow what any other may do.
 */
export function tokenRefusals(request: Request, need: Need): readonly Refusal[] {
  const { access, writes } = need
  const now = Math.floor(request.at.getTime() / 1000)
  return [
    { word: 'token', when: sql`t.jti IS NULL` },
    { word: 'revoked', when: sql`t.revoked IS NOT NULL` },
    { word: 'expired', when: sql`t.expires <= ${now}` },
    { word: 'network', when: isElsewhere(request) },
    ...(access === 'write' && need.takesAccess !== true
      ? [{ word: 'renew', when: sql`t.renew_by <= ${now}` }]
      : []),
    ...outsideScope(need).map((when): Refusal => ({ word: 'scope', when })),
    ...(writes === undefined ? [] : [{ word: 'domain', when: isOutsideDomains(writes) }]),
  ]
}

/** Whoever comes from nobody knows where is in none of the networks. */
function isElsewhere({ use }: Request): SQL {
  const bits = use?.from?.bits
  if (bits === undefined) return sql`t.networks IS NOT NULL`
  return sql`t.networks IS NOT NULL AND NOT EXISTS (SELECT 1 FROM json_each(t.networks) n
    WHERE substr(${bits}, 1, length(n.value)) = n.value)`
}

function outsideScope({ resources, access, person, own }: Need): readonly SQL[] {
  const scoped = (word: string) => sql`instr(' ' || t.scope || ' ', ${` ${word} `}) > 0`
  const namesResources = sql`trim(replace(' ' || t.scope || ' ', ' read ', ' ')) <> ''`
  return [
    ...(resources === undefined || own === true
      ? []
      : [sql`t.user IS NOT NULL AND t.user IS NOT ${person ?? null}`]),
    ...(access === 'write' ? [sql`t.user IS NOT NULL`, scoped('read')] : []),
    ...(resources === undefined
      ? []
      : resources === ADMIN_SCOPE
        ? [sql`NOT ${scoped(resources)}`]
        : [sql`${namesResources} AND NOT ${scoped(resources)}`]),
  ]
}

/** The person as they are, and as they are to be: a rename leads neither in nor out. */
function isOutsideDomains({ found, userName }: NonNullable<Need['writes']>): SQL {
  const outside = (name: SQL) => sql`NOT EXISTS (SELECT 1 FROM json_each(t.domains) n
    WHERE substr(${name}, -length(n.value) - 1) = '@' || n.value)`
  const sides = [
    ...(userName === undefined ? [] : [outside(sql`${userName}`)]),
    ...(found === undefined
      ? []
      : [sql`EXISTS (SELECT 1 FROM resources r WHERE ${found} AND ${outside(sql`r.user_name`)})`]),
  ]
  return sides.length === 0 ? sql`FALSE` : sql`t.domains IS NOT NULL AND (${sql.join(sides, sql` OR `)})`
}
