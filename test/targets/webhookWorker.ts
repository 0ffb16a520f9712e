import { openOutbound } from '../../worker/targets/outbound.ts'
import { webhookTarget } from '../../worker/targets/webhook.ts'

/** A Worker of one target: the test's, to see that signing runs in workerd. The request says where to and with what. */
export default {
  async fetch(request: Request): Promise<Response> {
    const query = new URL(request.url).searchParams
    const secrets = [query.get('secret') ?? ''] as const
    const target = webhookTarget({ kind: 'webhook', url: query.get('url') ?? '', secrets, learned: {} })
    const send = openOutbound({ budget: { left: 5 }, until: Date.now() + 5000, loopback: true })
    return Response.json(await target.test(send))
  },
}
