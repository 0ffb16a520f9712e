import type { JsonObject } from '../scim/json.ts'
import type { Outbound } from './outbound.ts'

/** What a target can do. It is shown to the admin, and asked before a change is taken that the target cannot carry out. */
export type Capabilities = {
  /** Of people. `suspend` stands for taking access away, however the target does it. */
  readonly create: boolean
  readonly update: boolean
  readonly suspend: boolean
  readonly reactivate: boolean
  readonly delete: boolean
  /** Of groups: made, renamed, deleted, and people put in and out. */
  readonly groups: boolean
  /** How many members one request to the target puts in or out. */
  readonly membersAtOnce: number
  /** A group is sent with all its members, as the target takes no differences. */
  readonly wholeGroups: boolean
  /** Whether its people and groups can be read, for import and reconcile. */
  readonly list: boolean
  /** Changes are told one by one, in their order, and not as the state they led to. */
  readonly everyChange: boolean
}

/** The account or group at the target that a resource is: its id there, and what the target last showed of it. */
export type Link = { readonly remote: string; readonly confirmed: JsonObject }

/**
 * The state a resource is to have at the target. `document` is the resource after the attribute mapping, in the terms of
 * RFC 7643: no id, meta, password, groups or members; of a person with `active`. `absent`: deleted at the bridge; the
 * document is the last there was.
 */
export type Wanted =
  | { readonly kind: 'present'; readonly document: JsonObject }
  | { readonly kind: 'absent'; readonly how: 'suspend' | 'delete'; readonly document: JsonObject }

/** What is common to the steps: one resource, brought to the state that is wanted now. */
type Step = {
  readonly connection: string
  /** The resource's id at the bridge. */
  readonly resource: string
  readonly wanted: Wanted
  readonly link: Link | undefined
  /** An earlier try may have happened: the target is read before anything is sent. */
  readonly uncertain: boolean
  /** The same with every try of the same step: where a target takes an idempotency key. */
  readonly key: string
  /**
   * The change behind the step, for targets that are told every change: its number, which grows with each change of the
   * resource, and when it was. `add` and `remove` then name all that changed up to it and is in no step done before, and
   * `all`, where it is given, is not older. `snapshot`: nothing happened, it is how things are.
   */
  readonly event?: { readonly seq: number; readonly at: string; readonly snapshot?: true }
}

/** A person to be brought to the target. */
export type UserStep = Step & { readonly type: 'User' }

/**
 * A group to be brought to the target. `add` and `remove` are ids at the target; both may be repeated harmlessly. `all`
 * are all members, for targets that take no differences.
 */
export type GroupStep = Step & {
  readonly type: 'Group'
  readonly add: readonly string[]
  readonly remove: readonly string[]
  readonly all: readonly string[] | undefined
}

/** An account or group as the target shows it, in the terms of RFC 7643. `created`: ISO 8601, where it says since when it has it. */
export type Account = { readonly remote: string; readonly document: JsonObject; readonly created?: string }

/**
 * What became of a step.
 * `done`: the target is in the state wanted; `link` is what it is there and what it showed, none where it is not there
 * and need not be. `refused`: members, by their ids at the target, that it did not take; the rest is done. `differs`: access
 * was taken away, and this else was refused.
 * `found`: there is no link, and the target has what may be the same; nothing was sent. The bridge decides, and comes
 * again with a link or refuses.
 * `later`: not now. `uncertain`: it may have happened all the same. `retryAfter`: seconds, as the target said: it
 * is asked nothing until then. `pause`: seconds that this resource alone waits. `whose`: of this resource alone, or of the
 * connection (credentials, address, an endpoint that is not there), where everything waits.
 * `never`: the target refuses what is wanted. `attribute`: the one it named, where it named one.
 * `words` are for people: what happened, with no secret in it; what the target said stands in quotes and is cleaned.
 */
export type Outcome =
  | {
      readonly kind: 'done'
      readonly link: Link | undefined
      readonly refused?: readonly Refused[]
      readonly differs?: string
    }
  | { readonly kind: 'found'; readonly accounts: readonly Account[] }
  | {
      readonly kind: 'later'
      readonly words: string
      readonly uncertain: boolean
      readonly whose: 'resource' | 'connection'
      readonly retryAfter?: number
      readonly pause?: number
    }
  | {
      readonly kind: 'never'
      readonly words: string
      /** What the provider is answered where it is not 409 (uniqueness) or 400. */
      readonly status?: 403
      readonly scimType?: string
      readonly attribute?: string
    }

/** A member that a target did not take. */
export type Refused = { readonly remote: string; readonly words: string }

/** A page of what a target has. `next`: what to ask for the following page with; none at the end. */
export type Page = {
  readonly accounts: readonly Account[]
  readonly next: string | undefined
  readonly total?: number
}

/** What a test of the target found: whether it may be used, what it can do, and words for the admin. */
export type Probe =
  | {
      readonly kind: 'good'
      readonly capabilities: Capabilities
      /** Names the account behind the settings, so that a change of settings that leads to another one is noticed. */
      readonly account: string
      readonly words: string
      /** What was learned and is kept beside the settings, for the target to be opened with. */
      readonly learned: JsonObject
    }
  | { readonly kind: 'bad'; readonly words: string }

/**
 * A downstream system. One file each. Every call goes through the outbound function it is given; no method throws for
 * what the target does: trouble is a value.
 */
export type Target = {
  readonly capabilities: Capabilities
  readonly deliverUser: (step: UserStep, send: Outbound) => Promise<Outcome>
  readonly deliverGroup: (step: GroupStep, send: Outbound) => Promise<Outcome>
  /** Reads what there is, page by page; the first where `page` is undefined. Trouble is an outcome `later`. */
  readonly list: (type: 'User' | 'Group', page: string | undefined, send: Outbound) => Promise<Page | Later>
  /** Reads one, by its id there: a group with its members, where the target shows them to who asks. Only of targets that can list. */
  readonly read?: (type: 'User' | 'Group', remote: string, send: Outbound) => Promise<One>
  /** Tells that a snapshot is over: everything up to this number was told. Only of targets that are told every change. */
  readonly endSnapshot?: (stamp: SnapshotEnd, send: Outbound) => Promise<Outcome>
  /** Tests the settings without changing anything. */
  readonly test: (send: Outbound) => Promise<Probe>
}

/** Of which connection a snapshot was, up to which change it speaks, when it was begun, and what it is known by. */
export type SnapshotEnd = {
  readonly id: string
  readonly connection: string
  readonly seq: number
  readonly at: string
}

/** One account or group, as it was asked for by its id. */
export type One = { readonly kind: 'shown'; readonly account: Account } | { readonly kind: 'missing' } | Later

export type Later = Extract<Outcome, { kind: 'later' }>
