import { digestOf, newSecret } from '../../worker/auth/digest.ts'
import { EVERYWHERE, setGrant, type Role } from '../../worker/store/admins.ts'
import { insertLink } from '../../worker/store/sessions.ts'
import { shortId } from '../../worker/store/ids.ts'
import { call, database } from '../worker.ts'

/** Where the bridge is for a browser. */
export const ORIGIN = 'https://bridge.test'

/** A browser without a script: it keeps the cookie, and sends forms as a browser does. */
export type Browser = {
  readonly email: string
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Page>
  /** Fills in a form of the page that was shown last, by where it is sent to, and sends it. */
  readonly send: (action: string, fields?: Record<string, string>) => Promise<Page>
  /** Sends any request, with the cookie. */
  readonly raw: (path: string, init: RequestInit) => Promise<Response>
  cookie: string | undefined
}

/** A page as it was answered; redirects are followed. */
export type Page = { readonly status: number; readonly text: string; readonly headers: Headers }

/** Puts somebody on the list and gives a link for them. */
export async function linkFor(email: string, role: Role, connection = EVERYWHERE): Promise<string> {
  const since = new Date().toISOString()
  await setGrant(database(), { email, connection, role, since, madeBy: 'test' })
  const secret = newSecret()
  await insertLink(database(), email, await digestOf(secret), new Date())
  return `/admin/sign-in/${secret}`
}

/** Gives a browser whose reader is signed in with a role. */
export async function signedIn(role: Role = 'admin', connection = EVERYWHERE): Promise<Browser> {
  const email = `${shortId()}@example.com`
  const browser = openBrowser(email)
  const link = await linkFor(email, role, connection)
  await browser.get(link)
  const page = await browser.send(link)
  if (page.status !== 200) throw new Error(`not signed in: ${page.status}`)
  return browser
}

/** Gives a browser that nobody has signed in with. */
export function openBrowser(email = ''): Browser {
  let last = ''
  const page = async (response: Response): Promise<Page> => {
    keep(response)
    const to = response.headers.get('location')
    if (response.status === 303 && to !== null) return browser.get(to)
    const text = await response.text()
    last = text
    return { status: response.status, text, headers: response.headers }
  }
  const keep = (response: Response) => {
    for (const one of response.headers.getSetCookie()) {
      const [pair = ''] = one.split(';')
      browser.cookie = /max-age=0/i.test(one) ? undefined : pair
    }
  }
  const raw = async (path: string, init: RequestInit) => {
    const headers = new Headers(init.headers)
    if (browser.cookie !== undefined) headers.set('cookie', browser.cookie)
    return call(new Request(new URL(path, ORIGIN), { ...init, headers, redirect: 'manual' }))
  }
  const browser: Browser = {
    email,
    cookie: undefined,
    raw,
    get: async (path, headers = {}) => page(await raw(path, { headers })),
    send: async (action, fields = {}) => {
      const form = formOf(last, action)
      const body = new URLSearchParams({ ...form, ...fields })
      return page(await raw(action, { method: 'POST', body, headers: { origin: ORIGIN } }))
    },
  }
  return browser
}

/** The hidden fields of the form that is sent there; one without an address is sent where the page came from. */
function formOf(text: string, action: string): Record<string, string> {
  const forms = [...text.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)]
  const found = forms.find(([, attributes = '']) => {
    const at = /action="([^"]*)"/.exec(attributes)?.[1]
    return at === undefined || at.replaceAll('&amp;', '&') === action
  })
  if (found === undefined) throw new Error(`no form for ${action} in ${text.slice(0, 2_000)}`)
  const hidden = [...(found[2] ?? '').matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)]
  return Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value]))
}
