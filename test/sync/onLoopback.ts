import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import * as v from 'valibot'

/** Takes what answers; lets it be reached at a free port of this machine. */
export async function onLoopback(
  answer: (request: Request) => Promise<Response>,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const server = createServer((incoming, outgoing) => {
    const carry = async () => {
      const body = await buffer(incoming)
      const { method = 'GET', url = '/', headers } = incoming
      const request = new Request(`http://${headers.host ?? ''}${url}`, {
        method,
        headers: Object.entries(headers).flatMap(([name, value]): [string, string][] =>
          typeof value === 'string' ? [[name, value]] : [],
        ),
        ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
      })
      const response = await answer(request)
      outgoing.writeHead(response.status, Object.fromEntries(response.headers))
      outgoing.end(new Uint8Array(await response.arrayBuffer()))
    }
    carry().catch(() => outgoing.destroy())
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = v.parse(v.object({ port: v.number() }), server.address())
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}
