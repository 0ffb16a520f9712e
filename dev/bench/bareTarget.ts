import * as v from 'valibot'

const order = v.object({
  url: v.string(),
  token: v.string(),
  connections: v.number(),
  requests: v.array(v.object({ path: v.string(), body: v.string() })),
})

/**
 * The bare limit that deliveries are measured against: a Worker that does no more than send the same PATCHes, so many at once,
 * and read the answers.
 */
export default {
  async fetch(request: Request): Promise<Response> {
    const { url, token, connections, requests } = v.parse(order, await request.json())
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' }
    const queue = [...requests]
    const worker = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const { path, body } = next
        const answer = await fetch(`${url}${path}`, { method: 'PATCH', headers, body })
        const text = await answer.text()
        if (answer.status >= 300) throw new Error(`${answer.status} ${text}`)
      }
    }
    await Promise.all(Array.from({ length: connections }, worker))
    return new Response('done')
  },
}
