import { expect } from 'vitest'
import { call, connect, type Connected } from '../worker.ts'
import { at } from '../json.ts'
import { ORIGIN, signedIn } from './browser.ts'

/** What would run, were it not text. */
export const XSS = '<img src=x onerror=alert(1)>"\'&'

/** Sends a SCIM request with a connection's token to the whole Worker; gives the status and the id in its answer. */
export async function scim(
  { token }: Pick<Connected, 'token'>,
  method: string,
  path: string,
  body?: unknown,
  authorization = `Bearer ${token}`,
): Promise<{ readonly status: number; readonly id: string }> {
  const response = await call(
    new Request(`${ORIGIN}/scim/v2${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/scim+json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  )
  const text = await response.text()
  const id = text === '' ? undefined : at(JSON.parse(text), 'id')
  return { status: response.status, id: typeof id === 'string' ? id : '' }
}

/** A page as each role sees it, and that of another connection's admin: 404, and names for those who may see names. */
export async function checkRoles(path: string, connection: string, name: string): Promise<void> {
  for (const role of ['viewer', 'operator', 'auditor', 'admin'] as const) {
    const page = await (await signedIn(role, connection)).get(path)
    expect([role, page.status, page.text.includes(name)]).toEqual([role, 200, role !== 'viewer'])
  }
  const stranger = await signedIn('admin', (await connect()).id)
  expect((await stranger.get(path)).status).toBe(404)
}
