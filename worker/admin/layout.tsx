import type { Child } from 'hono/jsx'

/** Whose page it is, and what proves that its forms are ours. */
export type Viewer = { readonly email: string; readonly csrf: string }

/** A sentence at the top of a page: what came of what was just done. */
export type Notice = { readonly tone: 'good' | 'bad' | 'warn' | 'plain'; readonly words: string }

type Tab = { readonly href: string; readonly name: string; readonly isCurrent: boolean }

type Props = {
  readonly title: string
  readonly region: string
  readonly viewer?: Viewer | undefined
  readonly tabs?: readonly Tab[] | undefined
  readonly notice?: Notice | undefined
  readonly children?: Child
}

/** Every page: its title, the way back, whose it is, and what it says. */
export function Layout({ title, region, viewer, tabs, notice, children }: Props) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${title} · Drawbridge ${region}`}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/admin/style.css" />
      </head>
      <body>
        <a class="skip" href="#main">
          To the content
        </a>
        <header>
          <strong>
            <a href="/admin">Drawbridge</a>
          </strong>
          <span class="soft">region {region}</span>
          {viewer === undefined ? null : <SignOut viewer={viewer} />}
        </header>
        <main id="main">
          <h1>{title}</h1>
          {tabs === undefined ? null : <Tabs tabs={tabs} />}
          {notice === undefined ? null : (
            <p class={`notice ${notice.tone}`} role={notice.tone === 'bad' ? 'alert' : 'status'}>
              {notice.words}
            </p>
          )}
          {children}
        </main>
        <footer>Drawbridge, the serverless SCIM bridge.</footer>
      </body>
    </html>
  )
}

function SignOut({ viewer }: { viewer: Viewer }) {
  return (
    <form method="post" action="/admin/sign-out">
      <span class="soft">{viewer.email} </span>
      <Csrf viewer={viewer} />
      <button class="quiet">Sign out</button>
    </form>
  )
}

function Tabs({ tabs }: { tabs: readonly Tab[] }) {
  return (
    <nav class="tabs" aria-label="Connection">
      <ul>
        {tabs.map(({ href, name, isCurrent }) => (
          <li>
            <a href={href} {...(isCurrent ? { 'aria-current': 'page' as const } : {})}>
              {name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

/** What every form carries. */
export function Csrf({ viewer }: { viewer: Viewer }) {
  return <input type="hidden" name="csrf" value={viewer.csrf} />
}
