import * as v from 'valibot'
import type { Config } from '../config.ts'
import { recording, type SignAct } from '../store/acts.ts'
import type { Database } from '../store/database.ts'
import type { DeliveryTools } from './delivery.ts'
import { isAllowed, isVisible, type Admin, type Permission } from './permissions.ts'
import { notFound, Problem } from './problem.ts'

/** What an operation works with: who asks for it, in which request and when, the database, and how the Worker is set up. */
export type Tools = {
  readonly admin: Admin
  readonly request: string
  readonly now: Date
  readonly origin: string
  readonly database: Database
  readonly config: Config
  /** Makes the MACs of acts, where there are keys. */
  readonly signAct: SignAct | undefined
  readonly delivery: DeliveryTools
}

type Input = v.ObjectSchema<v.ObjectEntries, undefined>

type Definition<I extends Input, O extends v.GenericSchema> = {
  /** Its name in the API and in the record of acts: token.create. */
  readonly id: string
  readonly summary: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below /admin/api; what stands behind a colon is a field of the input. */
  readonly path: string
  readonly needs: Permission
  /** Whoever may do it for one connection may; what comes of it is then only of theirs. */
  readonly anywhere?: true
  readonly input: I
  readonly output: O
  /** What it is done to, for the record. */
  readonly subject?: (input: v.InferOutput<I>) => string
  /** Fields of the input that the record shows as they are: no values of people, no secrets. */
  readonly shows?: readonly (keyof v.InferOutput<I> & string)[]
  readonly run: (tools: Tools, input: v.InferOutput<I>) => Promise<v.InferInput<O>>
}

/** Something an admin can do, by page, by API and by command: one and the same, with its permission and its record. */
export type Operation = Pick<
  Definition<Input, v.GenericSchema>,
  'id' | 'summary' | 'method' | 'path' | 'needs' | 'input' | 'output'
> & {
  /** Takes the tools and whatever was sent; gives what came of it. Throws Problem. */
  readonly handle: (tools: Tools, sent: unknown) => Promise<unknown>
}

/** Takes what an operation is; gives it. */
export function operation<I extends Input, O extends v.GenericSchema>(definition: Definition<I, O>) {
  const { id, method, needs, input, run } = definition
  const call = async (tools: Tools, given: v.InferOutput<I>): Promise<v.InferInput<O>> => {
    const connection = textAt(given, 'connection')
    if (connection !== undefined && !isVisible(tools.admin, connection)) throw notFound()
    const reaches =
      definition.anywhere === true
        ? tools.admin.grants.some((grant) => isAllowed(tools.admin, grant.connection, needs))
        : isAllowed(tools.admin, connection, needs)
    if (!reaches)
      throw new Problem(403, `Your role does not allow this (${id}). An admin can give you another one.`)
    if (method === 'GET') return run(tools, given)
    const details = Object.fromEntries((definition.shows ?? []).map((name) => [name, given[name]]))
    const act = {
      at: tools.now.toISOString(),
      request: tools.request,
      who: tools.admin.who,
      connection: connection ?? null,
      action: id,
      subject: definition.subject?.(given) ?? null,
      reason: textAt(given, 'reason') ?? null,
      details: definition.shows === undefined ? undefined : details,
    }
    return run({ ...tools, database: recording(tools.database, act, tools.signAct) }, given)
  }
  const handle = async (tools: Tools, sent: unknown): Promise<v.InferInput<O>> => {
    const read = v.safeParse(input, sent)
    if (read.success) return call(tools, read.output)
    const [issue] = read.issues
    const field = v.getDotPath(issue) ?? undefined
    throw new Problem(400, `${field ?? 'The input'}: ${issue.message}`, field)
  }
  return { ...definition, handle }
}

function textAt(given: object, name: string): string | undefined {
  const found: unknown = Reflect.get(given, name)
  return typeof found === 'string' ? found : undefined
}
