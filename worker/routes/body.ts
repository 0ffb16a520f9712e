import { ScimError } from '../scim/error.ts'

/** The largest body taken, in bytes: a group of some 50,000 members in one PUT. */
export const MAX_BODY = 5 * 1024 * 1024

/**
 * Takes a request; gives its body as JSON. Any JSON type is taken, as Okta's tests send application/json and
 * its provisioning application/scim+json. Throws 415 for another type, 413 for too much, 400 invalidSyntax for what is no
 * JSON in UTF-8.
 */
export async function readBody(request: Request): Promise<unknown> {
  const type = request.headers.get('content-type')
  if (type !== null && !/^[\w.+-]+\/([\w.-]+\+)?json\s*(;|$)/i.test(type.trim())) {
    throw new ScimError(415, undefined, 'Content-Type: expected application/scim+json or application/json')
  }
  const bytes = await readBytes(request)
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
    return JSON.parse(text) as unknown
  } catch {
    throw new ScimError(400, 'invalidSyntax', 'body: expected JSON in UTF-8')
  }
}

async function readBytes(request: Request): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY) throw tooLarge()
  if (request.body === null) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request.body) {
    length += chunk.byteLength
    if (length > MAX_BODY) throw tooLarge()
    chunks.push(chunk)
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}

const tooLarge = () =>
  new ScimError(
    413,
    undefined,
    `body: expected at most ${MAX_BODY} bytes. Send fewer members or operations at a time.`,
  )
