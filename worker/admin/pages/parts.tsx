import type { Child } from 'hono/jsx'

/** A time, in UTC and to the second. */
export function Time({ at }: { at: string }) {
  return <time datetime={at}>{`${at.slice(0, 10)} ${at.slice(11, 19)} UTC`}</time>
}

type Whose = { readonly connection: string; readonly id: string; readonly name: string | undefined }

/** A person or a group, by name where the reader may see it, with the way to its page. */
export function Who({ connection, id, name }: Whose) {
  const href = `/admin/connections/${connection}/people/${encodeURIComponent(id)}`
  return <a href={href}>{name === undefined ? <code>{id}</code> : name}</a>
}

type Rows = {
  readonly caption: string
  readonly titles: readonly string[]
  readonly rows: readonly (readonly Child[])[]
  readonly none: string
}

/** A table, or a sentence where there is nothing to show. */
export function Table({ caption, titles, rows, none }: Rows) {
  if (rows.length === 0) return <p>{none}</p>
  return (
    <div class="wide" tabindex={0} role="region" aria-label={caption}>
      <table>
        <thead>
          <tr>
            {titles.map((title) => (
              <th scope="col">{title}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells) => (
            <tr>
              {cells.map((cell) => (
                <td>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
