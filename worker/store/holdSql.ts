import { sql, type SQL } from './database.ts'

/**
 * Why a membership is left as it is at the target, as it stands in `member_steps`: with the harm the group came to, with the
 * person it is of, or because an admin has rejected it.
 */
export const KEPT = {
  withGroup: 'held by the guard',
  withPerson: 'held with its member',
  rejected: 'rejected by an admin',
} as const

/** Takes a step as an alias; gives the condition that it is left as it is at the target. */
export function isKept(step: SQL): SQL {
  return sql`${step}.refused IN (${KEPT.withGroup}, ${KEPT.withPerson}, ${KEPT.rejected})`
}

/** Takes the connection and the resource as expressions; gives the condition that something of it is held, of these attributes or of any. */
export function isHeld(connection: SQL, resource: SQL, attributes: readonly string[] = []): SQL {
  const which =
    attributes.length === 0
      ? sql``
      : sql`AND o.attribute IN (${sql.join(
          attributes.map((attribute) => sql`${attribute}`),
          sql`, `,
        )})`
  return sql`EXISTS (SELECT 1 FROM overrides o WHERE o.connection = ${connection} AND o.resource = ${resource}
    AND o.kind = 'hold' ${which})`
}

/** Takes the connection and the resource as expressions; gives the condition that an admin has locked the person. */
export function isLockedSql(connection: SQL, resource: SQL): SQL {
  return sql`EXISTS (SELECT 1 FROM overrides o WHERE o.connection = ${connection} AND o.resource = ${resource} AND o.kind = 'lock')`
}

/** Takes the connection and a group as expressions; gives the condition that memberships of it are held. */
export function hasHeldSteps(connection: SQL, group: SQL): SQL {
  return sql`EXISTS (SELECT 1 FROM member_steps h WHERE h.connection = ${connection} AND h.group_id = ${group}
    AND h.refused IN (${KEPT.withGroup}, ${KEPT.withPerson}))`
}

/** Takes a connection's id; gives the ids of its protected people, who are few: found by the index of kinds, not by the connection. */
export function protectedSql(connection: string): SQL {
  return sql`SELECT p.resource FROM overrides p WHERE p.kind = 'protect' AND p.until IS NULL AND +p.connection = ${connection}`
}
