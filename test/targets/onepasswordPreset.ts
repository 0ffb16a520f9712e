import {
  onepasswordTarget,
  scimPartOf,
  usersPartOf,
  type OnepasswordSettings,
} from '../../worker/targets/onepassword.ts'
import { scimTarget } from '../../worker/targets/scim.ts'
import type { Link, Outcome, Target } from '../../worker/targets/target.ts'
import { documentOf, stepOf, wayOut } from './onepasswordSteps.ts'
import { linkOf } from './scimSteps.ts'
import { startOnepassword } from './servers/onepassword.ts'

/** Starts a 1Password account; gives it with the preset that leads there, opened as the bridge opens it. */
export async function startPreset() {
  const server = await startOnepassword()
  const { scimUrl, scimToken, apiBase: base, clientId, clientSecret, accountId } = server
  const users = { clientId, clientSecret, accountId, base }
  const common = { kind: 'onepassword', region: 'com', scimUrl, scimToken, learned: {} } as const
  const open = (different: Partial<OnepasswordSettings> = {}): Target => {
    const settings = { ...common, users, ...different }
    return onepasswordTarget(scimTarget(scimPartOf(settings)), usersPartOf(settings))
  }
  const verified = open()
  const plain = onepasswordTarget(scimTarget(scimPartOf(common)), usersPartOf(common))
  let count = 0
  return {
    server,
    open,
    /** With the Users API. */
    verified,
    /** Without it. */
    plain,
    /** Everything is well again, and nothing was asked. */
    mend: () => {
      server.mend()
      server.provisioning(true)
      server.holdBack(false)
      server.confirming(false)
      server.ownIds(false)
      server.scopes(['get user', 'list users', 'suspend users', 'reactivate users'])
    },
    /** Invites somebody through the SCIM endpoint; gives their address and link. */
    somebody: async (): Promise<{ email: string; link: Link }> => {
      count += 1
      const email = `Person.${count}@example.com`
      const link = linkOf(await verified.deliverUser(stepOf(documentOf(email), undefined), wayOut()))
      server.mend()
      return { email, link }
    },
    suspend: (link: Link, target = verified): Promise<Outcome> =>
      target.deliverUser(stepOf({ ...link.confirmed, active: false }, link), wayOut()),
    /** What was asked of the Users API. */
    askedOfApi: () => server.asked().filter(({ path }) => path.startsWith('/v1beta1')),
    /** How the SCIM endpoint was asked to change something. */
    scimWrites: () =>
      server
        .asked()
        .filter(({ method, path }) => path.startsWith('/scim') && method !== 'GET')
        .map(({ method }) => method),
  }
}
