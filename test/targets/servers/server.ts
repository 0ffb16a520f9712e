import { createServer, type RequestListener } from 'node:http'

/** A resource as a server holds it, as JSON. */
export type Held = { readonly [name: string]: unknown }

/** A real SCIM service on this machine. `users` and `groups` look behind it, not through SCIM. */
export type ScimServer = {
  readonly url: string
  readonly token: string
  readonly users: () => Promise<readonly Held[]>
  readonly groups: () => Promise<readonly Held[]>
  readonly stop: () => Promise<void>
}

/** Takes what answers; gives the origin it answers at, a free port of the loopback, and how to stop it. */
export async function listen(
  listener: RequestListener,
): Promise<{ readonly origin: string; readonly stop: () => Promise<void> }> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { origin: `http://127.0.0.1:${port}`, stop }
}
