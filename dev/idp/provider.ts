import type { Json, Request } from './answer.ts'
import type { Identity, Person } from './org.ts'
import type { Resource } from './resource.ts'
import type { Step } from './steps.ts'

export type Member = { readonly value: string; readonly display: string }

/** A group as it is to be at the server: what the identity provider pushes. */
export type PushedGroup = {
  readonly id: string
  readonly displayName: string
  readonly members: readonly Member[]
}

/**
 * How one identity provider speaks SCIM 2.0: what it says each thing with, and what it does in which order.
 * An entry that gives requests gives them in order and sends none.
 */
export type Provider = {
  readonly name: string
  readonly authorization: (token: string) => string
  /** How a space is written in a query. */
  readonly space: '%20' | '+'
  /** What is sent after a path, of its query; without it `?` and the query, if there is one. */
  readonly endQuery?: (query: string) => string
  readonly headers: Readonly<Record<string, string>>
  readonly bodyHeaders: Readonly<Record<string, string>>
  /** The attributes that it maps, by the names of RFC 7643. */
  readonly profile: (identity: Identity) => Json
  /** The body of POST /Users; a password, if it sends one, begins with the secret. */
  readonly createUser: (profile: Json, secret: string) => Json
  /** The body of POST /Groups. */
  readonly createGroup: (displayName: string, externalId: string) => Json
  readonly lookUp: (path: '/Users' | '/Groups', filter: string) => Request
  /** The filters, beside one by userName, that it finds a person with. */
  readonly filters?: (person: Person) => readonly string[]
  /** How it reads a group that it has. */
  readonly readGroup?: (group: { readonly id: string }) => Request
  /** The filter that finds a group only if this is a member of it. */
  readonly memberFilter?: (groupId: string, userId: string) => string
  /** The statuses that it takes for a group's PATCH being done; 200 and 204 without it. */
  readonly groupPatched?: readonly number[]
  readonly setActive: (user: Resource, active: boolean) => readonly Request[]
  /** Attributes as they are to be; what is not named stays. */
  readonly pushProfile: (user: Resource, changes: Json) => readonly Request[]
  readonly renameGroup: (group: PushedGroup) => readonly Request[]
  readonly changeMembers: (
    group: PushedGroup,
    added: readonly Member[],
    removed: readonly Member[],
  ) => readonly Request[]
  /** What follows the POST of a group, and the linking of one that was there. */
  readonly linkGroup?: (group: PushedGroup) => readonly Request[]
  /** The whole membership at once. */
  readonly pushMembers?: (group: PushedGroup) => readonly Request[]
  readonly setPassword?: (user: Resource, password: string) => readonly Request[]
  /** All that it does to an app, each step finding what it needs; it goes no further if the first one fails. */
  readonly steps: readonly Step[]
}
