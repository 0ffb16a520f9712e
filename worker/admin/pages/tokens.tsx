import { Hono } from 'hono'
import type { Env } from '../../context.ts'
import { loadStanding } from '../../store/settings.ts'
import { connectionOf, tabsOf } from '../connection.ts'
import type { Form, Kit, View, Visit } from '../kit.tsx'
import { Csrf } from '../layout.tsx'
import { scopeWords as wordsOf, tokenCreate, tokenList, type ShownToken } from '../operations/tokens.ts'
import { Problem } from '../problem.ts'
import { tokenInputOf } from '../tokenForm.ts'
import { mayExpire } from '../tokenInput.ts'
import { endWords, scopeWords, useWords } from '../tokenWords.ts'
import { NewToken } from './newToken.tsx'
import { oneTokenPages } from './oneToken.tsx'
import { ShownOnce } from './shownOnce.tsx'

/** Takes the kit; gives the page of a connection's tokens: which there are, and the form of a new one. */
export function tokensPages(kit: Kit): Hono<Env> {
  const { get, post } = kit
  const routes = new Hono<Env>()
  routes.get(
    '/connections/:connection/tokens',
    get((visit) => view(visit)),
  )
  routes.post(
    '/connections/:connection/tokens/new',
    post(async (visit, form) => {
      const { id } = await connectionOf(visit)
      const { config } = visit.tools
      try {
        const input = tokenInputOf(form, wordsOf(config.catalog), await offersEnd(visit, id))
        const { token } = await tokenCreate.handle(visit.tools, { connection: id, ...input })
        return await view(visit, { token })
      } catch (error) {
        if (error instanceof Problem && error.field !== undefined)
          return view(visit, { problem: error, form })
        throw error
      }
    }),
  )
  routes.route('/', oneTokenPages(kit))
  return routes
}

async function offersEnd({ tools }: Visit, connection: string): Promise<boolean> {
  return mayExpire((await loadStanding(tools.database, connection)).settings)
}

/** What came of the form: the token it made, or what is wrong with it and what was typed. */
type Came = { readonly token?: string; readonly problem?: Problem; readonly form?: Form }

async function view(visit: Visit, { token, problem, form = {} }: Came = {}): Promise<View> {
  const { viewer, may, tools } = visit
  const { id, name } = await connectionOf(visit)
  const tokens = await tokenList.handle(tools, { connection: id })
  const at = `/admin/connections/${id}/tokens`
  const notice = problem === undefined ? {} : { notice: { tone: 'bad' as const, words: problem.message } }
  return {
    title: name,
    tabs: tabsOf(id, 'Tokens'),
    ...notice,
    ...(problem === undefined ? {} : { status: 400 }),
    body: (
      <>
        {token === undefined ? null : <ShownOnce token={token} />}
        {tokens.length === 0 ? (
          <p>There is none. Without a token no identity provider gets in.</p>
        ) : (
          <List tokens={tokens} at={at} now={tools.now} />
        )}
        <p>
          <a href="/admin/help/token">If you don’t have your token</a>
          {may('look') ? (
            <>
              {' '}
              · <a href="/admin/keys">Signing keys</a>
            </>
          ) : null}
        </p>
        {may('manage', id) && token === undefined ? (
          <form method="post" action={`${at}/new`}>
            <Csrf viewer={viewer} />
            <NewToken
              words={wordsOf(tools.config.catalog)}
              offersEnd={await offersEnd(visit, id)}
              form={form}
              problem={problem}
            />
            <button>Make the token</button>
          </form>
        ) : null}
      </>
    ),
  }
}

function List({ tokens, at, now }: { tokens: readonly ShownToken[]; at: string; now: Date }) {
  return (
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">Token</th>
            <th scope="col">May do</th>
            <th scope="col">Last used</th>
            <th scope="col">End</th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <tr>
              <th scope="row">
                <a href={`${at}/${token.id}`}>{token.name ?? token.id}</a>
              </th>
              <td>{scopeWords(token)}</td>
              <td>{useWords(token, now)}</td>
              <td>{endWords(token, now)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
