import type { Context } from 'hono'
import { readAuthorization } from '../auth/authorization.ts'
import { sourceOf } from '../auth/network.ts'
import { tokenVerifier } from '../auth/token.ts'
import { helpAt, requestOf, type Env, type Parts } from '../context.ts'
import { ScimError } from '../scim/error.ts'
import type { Need } from '../store/admission.ts'
import { admitAdmin } from '../store/adminToken.ts'
import { hasExpired, notValid } from '../store/refusalWords.ts'
import type { Admin } from './permissions.ts'
import { Problem } from './problem.ts'

/**
 * Takes the app's parts; gives what reads who is asking from the header Authorization; undefined where there is none. An API token may
 * run its own connection, by this API alone, where its scope has the word `admin`: as an admin, or as an auditor where it has `read`
 * too. The word stands beside the others: a token of `admin` alone is none for SCIM, so that a script that runs the bridge cannot push
 * people, and the provider's token cannot run the bridge. Networks, ends and renewal hold as for SCIM. Throws Problem.
 */
export function apiTokens(parts: Parts) {
  const verify = tokenVerifier(parts.config)
  return async (c: Context<Env>, access: Need['access']): Promise<Admin | undefined> => {
    const header = c.req.header('authorization')
    if (header === undefined) return undefined
    const credentials = readAuthorization(header)
    const help = helpAt(c.get('origin'))
    if (credentials.kind === 'none') throw new Problem(401, notValid(help))
    if (credentials.kind === 'mispasted') return guessed(c, credentials.detail)
    const verified = await verify(credentials.token, c.get('at'))
    if (verified.kind === 'expired') return guessed(c, hasExpired(verified.at, help))
    if (verified.kind === 'bad') return guessed(c, verified.detail ?? notValid(help))
    const { connection, jti } = verified
    c.set('caller', { connection, token: jti })
    c.set('use', { from: sourceOf(c.req.header('cf-connecting-ip')), isWritten: false, left: 'use' })
    const scope = await scopeOf(c, access)
    const role = scope.includes('read') ? 'auditor' : 'admin'
    return { who: `token ${jti}`, grants: [{ connection, role }] }
  }

  /** RFC 7644 §7.7: who shows many that are not good is slowed down, as at SCIM. */
  async function guessed(c: Context<Env>, detail: string): Promise<never> {
    const address = c.req.header('cf-connecting-ip')
    const { guessLimit } = parts
    const isSlowed = guessLimit !== undefined && address !== undefined && !(await guessLimit(address))
    throw new Problem(isSlowed ? 429 : 401, detail)
  }
}

async function scopeOf(c: Context<Env>, access: Need['access']): Promise<readonly string[]> {
  try {
    return await admitAdmin(c.get('database'), requestOf(c), access)
  } catch (error) {
    if (!(error instanceof ScimError)) throw error
    throw new Problem(error.status === 401 ? 401 : 403, error.message)
  }
}
