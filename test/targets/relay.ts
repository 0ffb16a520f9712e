import * as v from 'valibot'
import { openOutbound } from '../../worker/targets/outbound.ts'

/** What the relay is asked: a request, and how the way out is opened. `within`: how long there is for it, in milliseconds. */
export const Asked = v.object({
  request: v.object({
    method: v.picklist(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
    url: v.string(),
    headers: v.record(v.string(), v.string()),
    body: v.exactOptional(v.string()),
  }),
  options: v.object({
    budget: v.object({ left: v.number() }),
    within: v.number(),
    loopback: v.boolean(),
    timeout: v.exactOptional(v.number()),
    most: v.exactOptional(v.number()),
  }),
})

/** What came of it, as JSON: what `Incoming` is, with its headers in an object, and what is left of the budget. */
export type Told = { readonly left: number; readonly [name: string]: unknown }

/** Takes what is asked; sends it by the way out of the Worker under test, and tells what came. */
export async function relay({ request, options }: v.InferOutput<typeof Asked>): Promise<Told> {
  const { within, ...rest } = options
  const incoming = await openOutbound({ ...rest, until: Date.now() + within })(request)
  const { left } = rest.budget
  return incoming.kind === 'answered'
    ? { ...incoming, headers: Object.fromEntries(incoming.headers), left }
    : { ...incoming, left }
}

/** The same in workerd: a Worker that is asked by HTTP. */
export default {
  fetch: async (request: Request): Promise<Response> =>
    Response.json(await relay(v.parse(Asked, await request.json()))),
}
