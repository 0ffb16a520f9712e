/** How deep an answer may be nested: what reads it later goes down into it, and has no endless stack. */
const MOST_DEPTH = 100

/** A target's answer, read: its JSON, undefined where there is none, or words for why it cannot be had. */
export type Answer =
  { readonly kind: 'whole'; readonly body: unknown } | { readonly kind: 'faulty'; readonly words: string }

/**
 * Takes a response and how many bytes of it are taken, counted as they come and after they were decompressed; gives its
 * JSON, whatever Content-Type it is said to be. Throws nothing.
 */
export async function readAnswer(response: Response, most: number): Promise<Answer> {
  const { status } = response
  const faulty = (words: string): Answer => ({
    kind: 'faulty',
    words: `the target answers ${status} ${words}`,
  })
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    // What leaves the loop early cancels the stream, and with it the connection.
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength
      if (bytes > most) return faulty(`with more than ${most} bytes`)
      chunks.push(chunk)
    }
  } catch (error) {
    return faulty(isTimeout(error) ? 'but did not come to an end in time' : 'and breaks off')
  }
  try {
    const body = jsonOf(chunks)
    return isDeep(body) ? faulty(`with JSON nested more than ${MOST_DEPTH} deep`) : { kind: 'whole', body }
  } catch {
    return faulty('with something that is no JSON')
  }
}

/** Takes what was thrown; says whether it was the time that ran out. */
export function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError'
}

function jsonOf(chunks: readonly Uint8Array[]): unknown {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
  const text = chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode()
  return text.trim() === '' ? undefined : (JSON.parse(text) as unknown)
}

function isDeep(body: unknown): boolean {
  let level = [body].filter(isNest)
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > MOST_DEPTH) return true
    level = level.flatMap((nest): unknown[] => Object.values(nest)).filter(isNest)
  }
  return false
}

const isNest = (value: unknown): value is object => typeof value === 'object' && value !== null
