import { Hono } from 'hono'
import type { Env } from '../../context.ts'
import { connectionOf, tabsOf } from '../connection.ts'
import type { Form, Kit, View, Visit } from '../kit.tsx'
import { Csrf } from '../layout.tsx'
import { tokenList, tokenRename, tokenRevoke, tokenRotate } from '../operations/tokens.ts'
import { notFound, Problem } from '../problem.ts'
import { daysOf } from '../tokenForm.ts'
import { endWords, scopeWords, timeWords, useWords } from '../tokenWords.ts'
import { Field } from './newToken.tsx'
import { ShownOnce } from './shownOnce.tsx'

const PATH = '/connections/:connection/tokens/:token'

/** Takes the kit; gives the page of one token: what it is, and the forms that rotate, rename and revoke it. */
export function oneTokenPages({ get, post }: Kit): Hono<Env> {
  const routes = new Hono<Env>()
  routes.get(
    PATH,
    get((visit) => view(visit)),
  )
  routes.post(
    `${PATH}/rotate`,
    shown(post, async (visit, one, { days }) => {
      const { token } = await tokenRotate.handle(visit.tools, { ...one, days: daysOf(days) })
      return view(visit, { token })
    }),
  )
  routes.post(
    `${PATH}/rename`,
    shown(post, async (visit, one, { name }) => {
      await tokenRename.handle(visit.tools, { ...one, name })
      return visit.c.redirect(`/admin/connections/${one.connection}/tokens/${one.token}`, 303)
    }),
  )
  routes.post(
    `${PATH}/revoke`,
    shown(post, async (visit, one, { reason = '' }) => {
      await tokenRevoke.handle(visit.tools, { ...one, ...(reason.trim() === '' ? {} : { reason }) })
      return visit.c.redirect(`/admin/connections/${one.connection}/tokens`, 303)
    }),
  )
  return routes
}

type One = { readonly connection: string; readonly token: string }

/** A form of this page: what is wrong with it is shown at its field. */
function shown(
  post: Kit['post'],
  act: (visit: Visit, one: One, form: Form) => Promise<View | Response>,
): ReturnType<Kit['post']> {
  return post(async (visit, form) => {
    const { id } = await connectionOf(visit)
    try {
      return await act(visit, { connection: id, token: visit.c.req.param('token') ?? '' }, form)
    } catch (error) {
      if (error instanceof Problem && (error.field !== undefined || error.status === 409))
        return view(visit, { problem: error, form })
      throw error
    }
  })
}

type Came = { readonly token?: string; readonly problem?: Problem; readonly form?: Form }

async function view(visit: Visit, { token: made, problem, form = {} }: Came = {}): Promise<View> {
  const { viewer, may, tools, c } = visit
  const connection = await connectionOf(visit)
  const tokens = await tokenList.handle(tools, { connection: connection.id })
  const token = tokens.find(({ id }) => id === c.req.param('token'))
  if (token === undefined) throw notFound()
  const at = `/admin/connections/${connection.id}/tokens/${token.id}`
  const { now } = tools
  const failed =
    problem === undefined
      ? {}
      : ({
          notice: { tone: 'bad', words: problem.message } as const,
          status: problem.status === 409 ? 409 : 400,
        } as const)
  const facts: readonly (readonly [string, string])[] = [
    ['Id', token.id],
    ['May do', scopeWords(token)],
    ['From', token.networks === null ? 'anywhere' : token.networks.join(', ')],
    ['People', token.domains === null ? 'anybody' : `of ${token.domains.join(', ')}`],
    ['Made', `${timeWords(token.made, now)}${token.madeBy === null ? '' : `, by ${token.madeBy}`}`],
    ['Last used', useWords(token, now)],
    ['End', endWords(token, now)],
    ['Signed with', token.kid],
  ]
  return {
    title: `Token ${token.name ?? token.id}`,
    tabs: tabsOf(connection.id, 'Tokens'),
    ...failed,
    body: (
      <>
        {made === undefined ? null : <ShownOnce token={made} />}
        <dl>
          {facts.map(([name, words]) => (
            <>
              <dt>{name}</dt>
              <dd>{words}</dd>
            </>
          ))}
          {token.replacedBy === null ? null : (
            <>
              <dt>Its place takes</dt>
              <dd>
                <a href={`/admin/connections/${connection.id}/tokens/${token.replacedBy}`}>
                  {token.replacedBy}
                </a>
              </dd>
            </>
          )}
        </dl>
        {may('manage', connection.id) ? (
          <>
            {token.replacedBy === null ? (
              <form method="post" action={`${at}/rotate`}>
                <Csrf viewer={viewer} />
                <h2>Rotate it</h2>
                <p>A new token of the same rights is made. Both are live until this one has ended.</p>
                <Field
                  id="days"
                  label="For how many days this one goes on"
                  value={form['days'] ?? '7'}
                  problem={problem}
                  help="From 0, which ends it at once, to 90"
                />
                <button>Rotate it</button>
              </form>
            ) : null}
            <form method="post" action={`${at}/rename`}>
              <Csrf viewer={viewer} />
              <h2>Rename it</h2>
              <Field
                id="name"
                label="Name"
                value={form['name'] ?? token.name ?? ''}
                problem={problem}
                help="What it is for"
              />
              <button>Rename it</button>
            </form>
            <form method="post" action={`${at}/revoke`}>
              <Csrf viewer={viewer} />
              <h2>Revoke it</h2>
              <p>It ends at once, everywhere. An identity provider that still has it gets 401.</p>
              <Field id="reason" label="Why" value={form['reason']} problem={problem} help="For the record" />
              <button class="danger">Revoke it</button>
            </form>
          </>
        ) : null}
      </>
    ),
  }
}
