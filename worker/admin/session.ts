import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { digestOf, isSame } from '../auth/digest.ts'
import { sealOf, type Seal } from '../auth/seal.ts'
import type { SigningKeys } from '../auth/keys.ts'
import type { Env } from '../context.ts'
import { readSession, type Session } from '../store/sessions.ts'
import { Problem } from './problem.ts'

/** A session and what proves that a form came from one of its own pages. */
export type Signed = Session & { readonly digest: string; readonly csrf: string }

/** What seals the cookie of a session. */
export function cookieSeal(keys: SigningKeys): Seal {
  return sealOf(keys, 'admin session')
}

/** RFC 6265bis §4.1.3: a cookie of this very host. A browser keeps none of that name over plain http. */
const nameOf = (c: Context<Env>) =>
  c.get('origin').startsWith('https:') ? '__Host-drawbridge' : 'drawbridge'

/** Takes the id of a new session; gives it to the browser, sealed. Until the browser closes: the bridge knows when it ends. */
export async function giveCookie(c: Context<Env>, seal: Seal, id: string): Promise<void> {
  setCookie(c, nameOf(c), await seal.seal(id), {
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    secure: c.get('origin').startsWith('https:'),
  })
}

/** Takes the cookie back. */
export function takeCookie(c: Context<Env>): void {
  deleteCookie(c, nameOf(c), { path: '/', secure: c.get('origin').startsWith('https:') })
}

/** Gives the session whose cookie came along; undefined where there is none that is alive. One trip. */
export async function sessionOf(c: Context<Env>, seal: Seal): Promise<Signed | undefined> {
  const cookie = getCookie(c, nameOf(c))
  if (cookie === undefined) return undefined
  const opened = await seal.open(cookie, c.get('at'))
  if (opened.kind !== 'good' || typeof opened.value !== 'string') return undefined
  const [digest, csrf] = await Promise.all([digestOf(opened.value), digestOf(`csrf ${opened.value}`)])
  const session = await readSession(c.get('database'), digest, c.get('at'))
  return session === undefined ? undefined : { ...session, digest, csrf }
}

/**
 * Takes a session and what a form sent for its origin; throws Problem where the form was not one of ours: another site's, or one of
 * another session.
 */
export async function checkForm(c: Context<Env>, { csrf }: Signed, sent: unknown): Promise<void> {
  checkOrigin(c)
  if (typeof sent === 'string' && (await isSame(sent, csrf))) return
  throw new Problem(403, 'This form is of another session. Go back, load the page anew, and send it again.')
}

/** Throws Problem where a browser says that another site's page has sent the request. */
export function checkOrigin(c: Context<Env>): void {
  const [site, origin] = [c.req.header('sec-fetch-site'), c.req.header('origin')]
  const isForeign =
    (site !== undefined && site !== 'same-origin') || (origin !== undefined && origin !== c.get('origin'))
  if (isForeign) throw new Problem(403, 'Another site has sent this. Open the bridge and do it there.')
}
