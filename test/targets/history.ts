import * as fc from 'fast-check'
import type { JsonObject } from '../../worker/scim/json.ts'
import { eventsOf, snapshotDone, type EventParts, type TargetEvent } from '../../worker/targets/event.ts'

/** A change as a step has it, with its number. */
export type Happened = { readonly seq: number; readonly parts: EventParts }

/** How things are at the bridge: what each resource is, who is in each group, and the number of its last change. */
type World = {
  readonly people: Map<string, { seq: number; document: JsonObject }>
  readonly groups: Map<string, { seq: number; document: JsonObject; members: Set<string> }>
}

const person = fc.constantFrom('p1', 'p2', 'p3')
const group = fc.constantFrom('g1', 'g2')
const some = fc.subarray(['p1', 'p2', 'p3', 'p4'])
const change = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('put' as const),
      id: person,
      title: fc.string(),
      active: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('drop' as const), id: person, suspend: fc.boolean() }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant('group' as const),
      id: group,
      name: fc.string(),
      add: some,
      remove: some,
      whole: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('dropGroup' as const), id: group }) },
)
type Change = typeof change extends fc.Arbitrary<infer Made> ? Made : never

/** When each copy of an event arrives; none: it is lost. */
const times = (least: number) => fc.array(fc.nat(99), { minLength: least, maxLength: 3 })
const changes = (least: number) =>
  fc.array(fc.record({ change, skip: fc.nat(2), times: times(least) }), { maxLength: 20 })

/** Changes, each event arriving at least once; and such with a snapshot between, before which events may be lost. */
export const generated = changes(1)
export const generatedWithSnapshot = fc.record({
  before: changes(0),
  after: changes(1),
  shown: fc.array(times(1), { minLength: 5, maxLength: 5 }),
  whole: fc.boolean(),
  repeats: times(0),
})

/** Takes a world and a change; changes the world and gives what the bridge makes of it. */
function happen(world: World, made: Change, seq: number): Happened | undefined {
  const base = { resource: made.id }
  switch (made.op) {
    case 'put': {
      const document = {
        userName: made.id,
        title: made.title,
        emails: [{ value: 'a@b.example' }],
        active: made.active,
      }
      world.people.set(made.id, { seq, document })
      return { seq, parts: { ...base, type: 'User', wanted: { kind: 'present', document } } }
    }
    case 'drop': {
      const document = world.people.get(made.id)?.document
      if (document === undefined) return undefined
      if (made.suspend) world.people.set(made.id, { seq, document: { ...document, active: false } })
      else world.people.delete(made.id)
      const how = made.suspend ? 'suspend' : 'delete'
      return { seq, parts: { ...base, type: 'User', wanted: { kind: 'absent', how, document } } }
    }
    case 'group': {
      const members = new Set(world.groups.get(made.id)?.members)
      const add = made.add.filter((id) => !members.has(id))
      const remove = made.remove.filter((id) => members.has(id))
      for (const id of add) members.add(id)
      for (const id of remove) members.delete(id)
      const document = { displayName: made.name }
      world.groups.set(made.id, { seq, document, members })
      const all = made.whole ? [...members] : undefined
      return {
        seq,
        parts: { ...base, type: 'Group', wanted: { kind: 'present', document }, add, remove, all },
      }
    }
    case 'dropGroup': {
      const document = world.groups.get(made.id)?.document
      if (document === undefined) return undefined
      world.groups.delete(made.id)
      const wanted = { kind: 'absent', how: 'delete', document } as const
      return { seq, parts: { ...base, type: 'Group', wanted, add: [], remove: [], all: undefined } }
    }
  }
}

type Timed = { readonly time: number; readonly happened: Happened }
type Run<Source> = Source extends fc.Arbitrary<infer Made> ? Made : never

function play(world: World, run: Run<typeof generated>, from: number): { arrivals: Timed[]; last: number } {
  const arrivals: Timed[] = []
  let last = from
  for (const { change: made, skip, times: when } of run) {
    last += 1 + skip
    const happened = happen(world, made, last)
    if (happened !== undefined) arrivals.push(...when.map((time) => ({ time, happened })))
  }
  return { arrivals, last }
}

const newWorld = (): World => ({ people: new Map(), groups: new Map() })

/** Takes a world; gives what an app that knows it holds. */
function known({ people, groups }: World) {
  return {
    people: Object.fromEntries([...people].map(([id, { document }]) => [id, document])),
    groups: Object.fromEntries(
      [...groups].map(([id, { document, members }]) => [
        id,
        { ...document, members: [...members].toSorted() },
      ]),
    ),
  }
}

/** Takes a run; gives its changes in the order in which they arrive, and what an app is to hold in the end. */
export function arrivalsOf(run: Run<typeof generated>) {
  const world = newWorld()
  const { arrivals } = play(world, run, 0)
  return {
    arrivals: arrivals.toSorted((a, b) => a.time - b.time).map(({ happened }) => happened),
    expected: known(world),
  }
}

/** The events of a change, as the bridge sends them. */
export function told(connection: string, { seq, parts }: Happened, snapshot = false): readonly TargetEvent[] {
  return eventsOf({ id: `e${seq}`, connection, seq, at: '2026-07-27T10:00:00.000Z' }, parts, snapshot)
}

/** Takes a run with a snapshot; gives the events in the order in which they arrive, and what an app is to hold. */
export function arrivalsWithSnapshot(run: Run<typeof generatedWithSnapshot>, connection: string) {
  const world = newWorld()
  const before = play(world, run.before, 0)
  const shown: Happened[] = [
    ...[...world.people].map(([resource, { seq, document }]): Happened => {
      return { seq, parts: { type: 'User', resource, wanted: { kind: 'present', document } } }
    }),
    ...[...world.groups].map(([resource, { seq, document, members }]): Happened => {
      const [add, all] = [[...members], run.whole ? [...members] : undefined]
      return {
        seq,
        parts: { type: 'Group', resource, wanted: { kind: 'present', document }, add, remove: [], all },
      }
    }),
  ]
  const after = play(world, run.after, before.last)
  const changed = [...before.arrivals, ...after.arrivals].map(({ time, happened }) => ({
    time,
    events: told(connection, happened),
  }))
  const snapshot = shown.map((happened, index) => ({
    when: run.shown[index] ?? [0],
    events: told(connection, happened, true),
  }))
  // The bridge sends the end only when everything before it was taken; repeats of both may come at any time after.
  const done = Math.max(0, ...snapshot.map(({ when }) => Math.min(...when))) + 0.5
  const end = snapshotDone({ id: 'done', connection, seq: before.last, at: '2026-07-27T10:00:00.000Z' })
  const all = [
    ...changed,
    ...snapshot.flatMap(({ when, events }) => when.map((time) => ({ time, events }))),
    ...[done, ...run.repeats.map((time) => done + time)].map((time) => ({ time, events: [end] })),
  ]
  return {
    arrivals: all.toSorted((a, b) => a.time - b.time).flatMap(({ events }) => events),
    expected: known(world),
  }
}
