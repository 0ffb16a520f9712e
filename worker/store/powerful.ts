/**
 * Names of groups that give power over a target, as 1Password and others have them out of the box; a connection may have a list
 * of its own. They are compared without regard to case.
 */
export const POWERFUL: readonly string[] = [
  'Owners',
  'Administrators',
  'Admins',
  'Recovery',
  'Recovery Group',
  'Security',
  'Manage All Groups',
  'Manage All Vaults',
  'Provision Managers',
]
