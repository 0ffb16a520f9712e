import { Hono } from 'hono'
import { digestOf, newSecret } from '../../auth/digest.ts'
import type { Env } from '../../context.ts'
import { endSession, spendLink } from '../../store/sessions.ts'
import type { Kit } from '../kit.tsx'
import { checkOrigin, cookieSeal, giveCookie, takeCookie } from '../session.ts'
import { SignInHelp } from './signInHelp.tsx'

/** Takes the kit; gives the ways in and out. A link is spent by a form, never by looking: mail scanners open links too. */
export function signInPages({ parts, show, post }: Kit): Hono<Env> {
  const seal = cookieSeal(parts.config.keys)
  const routes = new Hono<Env>()
  routes.get('/sign-in/:secret', (c) =>
    show(c, {
      title: 'Sign in',
      body: (
        <>
          <p>This link signs you in once. It is not spent yet.</p>
          <form method="post">
            <button>Sign in</button>
          </form>
        </>
      ),
    }),
  )
  routes.post('/sign-in/:secret', async (c) => {
    checkOrigin(c)
    // A fresh id, whatever came along: nobody can have put it there before (session fixation).
    const id = newSecret()
    const [link, session] = await Promise.all([digestOf(c.req.param('secret')), digestOf(id)])
    const by = { request: c.get('requestId'), now: c.get('at') }
    if ((await spendLink(c.get('database'), link, session, by)) === undefined) {
      const words =
        'This link is spent or more than ten minutes old, or its person is not on the list any more.'
      return show(c, {
        title: 'Sign in',
        notice: { tone: 'bad', words },
        body: <SignInHelp />,
        status: 401,
      })
    }
    await giveCookie(c, seal, id)
    return c.redirect('/admin', 303)
  })
  routes.post(
    '/sign-out',
    post(async ({ c, session }) => {
      await endSession(c.get('database'), session.digest, c.get('at'))
      takeCookie(c)
      const notice = { tone: 'good' as const, words: 'You are signed out.' }
      return show(c, { title: 'Sign in', notice, body: <SignInHelp /> })
    }),
  )
  return routes
}
