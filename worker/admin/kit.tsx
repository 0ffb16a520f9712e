import type { Context } from 'hono'
import { html } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { Env, Parts } from '../context.ts'
import { Layout, type Notice, type Viewer } from './layout.tsx'
import type { Tools } from './operation.ts'
import { isAllowed, type Permission } from './permissions.ts'
import { SignInHelp } from './pages/signInHelp.tsx'
import { checkForm, cookieSeal, sessionOf, type Signed } from './session.ts'
import { toolsOf } from './tools.ts'

/** A request of somebody who is signed in. */
export type Visit = {
  readonly c: Context<Env>
  readonly session: Signed
  readonly viewer: Viewer
  readonly tools: Tools
  /** Whether the visitor may do something with a connection, or with the bridge as a whole. */
  readonly may: (permission: Permission, connection?: string) => boolean
}

/** A page as it is shown: its title, what came of what was just done, and its content. */
export type View = {
  readonly title: string
  readonly notice?: Notice | undefined
  readonly tabs?: Parameters<typeof Layout>[0]['tabs']
  readonly body: Child
  readonly status?: 200 | 400 | 401 | 403 | 404 | 409 | 500 | 502 | 503
}

/** What a form sent: texts by name. A field that came twice, or as a file, is none. */
export type Form = Readonly<Record<string, string | undefined>>

type Handler = (c: Context<Env>) => Promise<Response>

/** What pages are made with. */
export type Kit = {
  readonly parts: Parts
  /** Shows a page; to nobody where there is no viewer. */
  readonly show: (c: Context<Env>, view: View, viewer?: Viewer) => Promise<Response>
  /** Takes what answers somebody who is signed in; whoever is not is told how to. */
  readonly get: (answer: (visit: Visit) => Promise<View | Response>) => Handler
  /** The same for a form, which must be one of ours. */
  readonly post: (answer: (visit: Visit, form: Form) => Promise<View | Response>) => Handler
}

/** Takes the app's parts; gives what pages are made with. */
export function kitOf(parts: Parts): Kit {
  const { region, keys } = parts.config
  const seal = cookieSeal(keys)
  const show: Kit['show'] = async (c, { title, notice, tabs, body, status = 200 }, viewer) => {
    const page = (
      <Layout title={title} region={region} viewer={viewer} notice={notice} tabs={tabs}>
        {body}
      </Layout>
    )
    return c.html(html`<!doctype html>${page}`, status, { 'cache-control': 'no-store' })
  }
  const visitOf = (c: Context<Env>, session: Signed): Visit => {
    const admin = { who: session.email, grants: session.grants }
    return {
      c,
      session,
      viewer: { email: session.email, csrf: session.csrf },
      tools: toolsOf(c, parts, admin),
      may: (permission, connection) => isAllowed(admin, connection, permission),
    }
  }
  const answered = async (visit: Visit, came: View | Response): Promise<Response> =>
    came instanceof Response ? came : show(visit.c, came, visit.viewer)
  const signed =
    (answer: (visit: Visit) => Promise<Response>): Handler =>
    async (c) => {
      const session = await sessionOf(c, seal)
      if (session !== undefined) return answer(visitOf(c, session))
      return show(c, { title: 'Sign in', body: <SignInHelp />, status: 401 })
    }
  return {
    parts,
    show,
    get: (answer) => signed(async (visit) => answered(visit, await answer(visit))),
    post: (answer) =>
      signed(async (visit) => {
        const sent = await visit.c.req.parseBody()
        await checkForm(visit.c, visit.session, sent['csrf'])
        const texts = Object.entries(sent).flatMap(([name, value]) =>
          typeof value === 'string' ? [[name, value] as const] : [],
        )
        return answered(visit, await answer(visit, Object.fromEntries(texts)))
      }),
  }
}
