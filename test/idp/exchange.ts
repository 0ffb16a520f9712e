/**
 * An exchange is what an identity provider says to a SCIM server and what it must hear, as a JSON file:
 *
 *     { "title": "…", "source": "where this was documented or seen",
 *       "authorization": "bearer" | "raw" | "basic",           // else what the folder's client.json says
 *       "base": "/scim",                                       // else /scim/v2
 *       "quirks": ["op_case"],                                 // what is counted on the connection afterwards
 *       "steps": [{ "does": "a sentence",
 *                   "request": { "method", "path", "headers"?, "body"? | "rawBody"? },
 *                   "response": { "status": 200 | [200, 204], "headers"?, "body"?, "absent"?, "contentType"? },
 *                   "save"?: { "anna": "/id" },                // JSON pointers into the answer
 *                   "repeat"?: 256 }] }
 *
 * A path is below the base and is sent letter for letter, so it is written percent-encoded. A header that is null
 * is left away. `body` is a subset to match (match.ts has the matchers); `absent` are JSON pointers to what must
 * not be there. `{{name}}` stands for a saved value (variables.ts). A step with `repeat` is done that many times,
 * with `{{n}}` counting from 1, and saves `anna` as `{{anna.1}}`, `{{anna.2}}`, …
 *
 * `quirks` are just the names of worker/scim/reading.ts that the exchange must have had counted, `[]` for none; a file
 * that names none at all says nothing of them.
 *
 * Each file starts with an empty connection. A provider is a folder of such files, in folders as deep as it likes;
 * a `client.json` in one, `{ "headers"?, "authorization"? }`, says what that client always sends, and the
 * nearest one wins.
 */
import * as v from 'valibot'
import { QUIRKS, type Quirk } from '../../worker/scim/reading.ts'

const authorization = v.picklist(['bearer', 'raw', 'basic'])
const headers = v.record(v.string(), v.nullable(v.string()))

const isQuirk = (name: unknown): name is Quirk => typeof name === 'string' && Object.hasOwn(QUIRKS, name)
const quirk = v.custom<Quirk>(isQuirk, 'expected the name of a quirk of worker/scim/reading.ts')

const step = v.strictObject({
  does: v.string(),
  request: v.strictObject({
    method: v.picklist(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
    path: v.pipe(v.string(), v.startsWith('/')),
    headers: v.optional(headers, {}),
    body: v.optional(v.unknown()),
    rawBody: v.optional(v.string()),
  }),
  response: v.strictObject({
    status: v.union([v.number(), v.array(v.number())]),
    headers: v.optional(v.record(v.string(), v.unknown()), {}),
    body: v.optional(v.unknown()),
    absent: v.optional(v.array(v.pipe(v.string(), v.startsWith('/'))), []),
    contentType: v.optional(v.string(), 'application/scim+json'),
  }),
  save: v.optional(v.record(v.string(), v.string()), {}),
  repeat: v.optional(v.number()),
})

const file = v.strictObject({
  title: v.string(),
  source: v.string(),
  authorization: v.optional(authorization),
  base: v.optional(v.string(), '/scim/v2'),
  quirks: v.optional(v.array(quirk)),
  steps: v.pipe(v.array(step), v.minLength(1)),
})

const client = v.strictObject({ headers: v.optional(headers, {}), authorization: v.optional(authorization) })

/** One request of an identity provider and the answer it must get. */
export type Step = v.InferOutput<typeof step>

/** One exchange, with what its provider's client always sends. */
export type Exchange = {
  readonly name: string
  readonly title: string
  readonly base: string
  readonly authorization: 'bearer' | 'raw' | 'basic'
  readonly headers: Readonly<Record<string, string | null>>
  /** What must be counted afterwards; undefined where the file says nothing of it. */
  readonly quirks: readonly Quirk[] | undefined
  readonly steps: readonly Step[]
}

/** Reads the files of all providers, given by path (`./okta/oin/deactivate.json`), into exchanges in path order. */
export function readExchanges(files: Readonly<Record<string, unknown>>): Exchange[] {
  const clients = Object.entries(files).filter(([path]) => path.endsWith('/client.json'))
  return Object.entries(files)
    .filter(([path]) => !path.endsWith('/client.json'))
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([path, content]) => {
      const { title, base, quirks, steps, authorization: own } = read(file, path, content)
      const around = clients
        .filter(([clientPath]) => path.startsWith(clientPath.slice(0, -'client.json'.length)))
        .toSorted(([one], [other]) => one.length - other.length)
        .map(([clientPath, clientContent]) => read(client, clientPath, clientContent))
      return {
        name: path.replace(/^\.\//, '').replace(/\.json$/, ''),
        title,
        base,
        authorization: own ?? around.findLast((each) => each.authorization)?.authorization ?? 'bearer',
        headers: Object.assign({}, ...around.map((each) => each.headers)),
        quirks,
        steps,
      }
    })
}

function read<Schema extends v.GenericSchema>(
  schema: Schema,
  path: string,
  content: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, content)
  if (result.success) return result.output
  throw new Error(`${path} is not an exchange: ${JSON.stringify(v.flatten(result.issues), null, 2)}`)
}
