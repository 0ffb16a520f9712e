import { Hono, type Context } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import type { Env, Parts } from '../context.ts'
import { DatabaseAway } from '../store/database.ts'
import { apiRoutes } from './api.ts'
import { kitOf, type Kit } from './kit.tsx'
import { auditPages } from './pages/audit.tsx'
import { activityPages } from './pages/activity.tsx'
import { connectionsPages } from './pages/connections.tsx'
import { emergencyPages } from './pages/emergency.tsx'
import { keysPages } from './pages/keys.tsx'
import { peoplePages } from './pages/people.tsx'
import { setUpPages } from './pages/setUp.tsx'
import { signInPages } from './pages/signIn.tsx'
import { tokenHelpPages } from './pages/tokenHelp.tsx'
import { tokensPages } from './pages/tokens.tsx'
import { notFound, Problem } from './problem.ts'
import { STYLE } from './style.ts'
import { WAITING } from './waiting.ts'

const PAGES = [
  connectionsPages,
  setUpPages,
  tokensPages,
  peoplePages,
  activityPages,
  auditPages,
  emergencyPages,
  keysPages,
  tokenHelpPages,
  signInPages,
]

/** Nothing from elsewhere, nothing inline, nobody's frame; links tell no other site where they were. */
const headers = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: ["'self'"],
    scriptSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
  },
  referrerPolicy: 'same-origin',
  xFrameOptions: 'DENY',
})

/**
 * Takes the app's parts and how an error is noted for the log; gives everything below /admin: pages, and the API that does the same.
 * Errors are pages here, and JSON in the API.
 */
export function adminRoutes(parts: Parts, note: (error: unknown, c: Context<Env>) => void): Hono<Env> {
  const kit = kitOf(parts)
  const routes = new Hono<Env>()
  routes.use(headers)
  routes.get('/style.css', (c) =>
    c.body(STYLE, 200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'max-age=3600' }),
  )
  routes.get('/waiting.js', (c) =>
    c.body(WAITING, 200, {
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'max-age=3600',
    }),
  )
  routes.route('/api', apiRoutes(parts))
  for (const pages of PAGES) routes.route('/', pages(kit))
  routes.all('*', () => {
    throw notFound()
  })
  routes.onError((error, c) => {
    const problem = problemOf(error, c)
    if (!(error instanceof Problem)) note(error, c)
    return c.req.path.startsWith('/admin/api') ? asJson(problem, c) : asPage(problem, c, kit)
  })
  return routes
}

type Told = {
  readonly status: Problem['status'] | 500 | 503
  readonly message: string
  readonly field?: string | undefined
}

function problemOf(error: unknown, c: Context<Env>): Told {
  if (error instanceof Problem) return error
  if (error instanceof DatabaseAway)
    return { status: 503, message: 'The bridge cannot reach its database. Try again in a moment.' }
  return {
    status: 500,
    message: `The bridge failed. The line of its log with request ${c.get('requestId')} says more.`,
  }
}

/** RFC 9457: a problem as JSON. */
function asJson({ status, message, field }: Told, c: Context<Env>): Response {
  const body = { status, detail: message, ...(field === undefined ? {} : { field }) }
  return c.json(body, status, { 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
}

function asPage({ status, message }: Told, c: Context<Env>, { show }: Kit): Promise<Response> {
  const shown = status === 429 ? 503 : status
  return show(c, {
    title: status === 404 ? 'Not here' : 'That did not work',
    notice: { tone: 'bad', words: message },
    body: (
      <p>
        <a href="/admin">To the connections</a>
      </p>
    ),
    status: shown,
  })
}
