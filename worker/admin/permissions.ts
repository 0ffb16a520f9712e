import { EVERYWHERE, type Role } from '../store/admins.ts'

/** What may be done: look with names masked, see names, read the audit log, release and repair, or set up. */
export type Permission = 'look' | 'names' | 'audit' | 'operate' | 'manage'

const allowed: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: ['look'],
  operator: ['look', 'names', 'operate'],
  auditor: ['look', 'names', 'audit'],
  admin: ['look', 'names', 'audit', 'operate', 'manage'],
}

/** Who is asking: an address or the name of a token, and its roles by connection. */
export type Admin = {
  readonly who: string
  readonly grants: readonly { readonly connection: string; readonly role: Role }[]
}

/** Takes who is asking, a connection's id (none: of the bridge as a whole) and a permission; says whether it is theirs. */
export function isAllowed(
  { grants }: Admin,
  connection: string | undefined,
  permission: Permission,
): boolean {
  return grants.some(
    (grant) =>
      (grant.connection === EVERYWHERE || grant.connection === connection) &&
      allowed[grant.role].includes(permission),
  )
}

/** Takes who is asking and a connection's id; says whether it is there for them at all. */
export function isVisible(admin: Admin, connection: string): boolean {
  return isAllowed(admin, connection, 'look')
}
