import { createServer, request as ask } from 'node:http'

/**
 * Starts a server that hands every request on to the one at `base` as it came, Host included, and its answer back.
 * @param before waited for before each request goes on
 * @returns its own base, and how to stop it
 */
export async function passage(base: string, before: (method: string, path: string) => Promise<void>) {
  const { port, pathname } = new URL(base)
  const server = createServer((incoming, response) => {
    const { method = '', url: path = '', headers } = incoming
    before(method, path).then(
      () => {
        const onward = ask({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers)
          answer.pipe(response)
        })
        onward.on('error', () => response.destroy())
        incoming.pipe(onward)
      },
      () => response.destroy(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const own = typeof address === 'object' && address !== null ? address.port : 0
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { base: `http://127.0.0.1:${own}${pathname}`, stop }
}
