import * as fc from 'fast-check'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import type { Outgoing } from '../../worker/targets/outbound.ts'
import { webhookTarget } from '../../worker/targets/webhook.ts'
import { newSecret } from './app.ts'
import { event, mirrors, others } from './eventMirror.ts'
import { arrivalsOf, arrivalsWithSnapshot, generated, generatedWithSnapshot, told } from './history.ts'

const docs = join(import.meta.dirname, '../../docs')
const object = v.object({
  type: v.literal('object'),
  required: v.optional(v.array(v.string()), []),
  properties: v.record(v.string(), v.looseObject({})),
})
const schemaFile = v.object({
  $schema: v.literal('https://json-schema.org/draft/2020-12/schema'),
  $defs: v.looseObject({ event: v.object({ oneOf: v.array(v.object({ $ref: v.string() })) }) }),
})
const text = await readFile(join(docs, 'webhook.schema.json'), 'utf8')
const { $defs } = v.parse(schemaFile, JSON.parse(text))

test.each(Object.entries({ ...mirrors, ...others }))(
  'the schema of %s names what the mirror does',
  (name, mirror) => {
    const { required, properties } = v.parse(object, $defs[name])
    expect(Object.keys(properties).toSorted()).toEqual(Object.keys(mirror.entries).toSorted())
    const needed = Object.entries(mirror.entries).filter(([, entry]) => entry.type !== 'optional')
    expect(required.toSorted()).toEqual(needed.map(([key]) => key).toSorted())
  },
)

test('the schema has every type once, each told by its constant, and no reference leads nowhere', () => {
  const types = Object.keys(mirrors)
  expect($defs.event.oneOf.map(({ $ref }) => $ref)).toEqual(types.map((type) => `#/$defs/${type}`))
  for (const type of types) expect(v.parse(object, $defs[type]).properties['type']).toEqual({ const: type })
  const references = [...text.matchAll(/"\$ref": "#\/\$defs\/([^"]+)"/g)].map(([, name = '']) => name)
  expect(references.filter((name) => !(name in $defs))).toEqual([])
})

test('every event of generated changes and snapshots is as the mirror says', () => {
  const seen = new Set<string>()
  const check = (made: unknown) => seen.add(v.parse(event, JSON.parse(JSON.stringify(made))).type)
  const shuffled = fc.property(generated, (history) => {
    for (const happened of arrivalsOf(history).arrivals) told('c', happened).forEach(check)
  })
  const withSnapshot = fc.property(generatedWithSnapshot, (history) => {
    arrivalsWithSnapshot(history, 'c').arrivals.forEach(check)
  })
  fc.assert(shuffled, { numRuns: 300 })
  fc.assert(withSnapshot, { numRuns: 300 })
  expect([...seen].toSorted()).toEqual(
    Object.keys(mirrors)
      .filter((type) => type !== 'test')
      .toSorted(),
  )
})

test('so is what the target itself sends to test the app', async () => {
  const sent: Outgoing[] = []
  const settings = { kind: 'webhook', url: 'https://a.example', secrets: [newSecret()], learned: {} } as const
  await webhookTarget(settings).test((request) => {
    sent.push(request)
    return Promise.resolve({ kind: 'lost', words: '' })
  })
  expect(v.parse(mirrors.test, JSON.parse(sent[0]?.body ?? '')).id).toBe(sent[0]?.headers['webhook-id'])
})

test('the first example of the contract page is an event', async () => {
  const page = await readFile(join(docs, 'webhook.md'), 'utf8')
  const [, example = ''] = /```http\n[\s\S]*?\n\n([\s\S]*?)```/.exec(page) ?? []
  expect(v.parse(event, JSON.parse(example)).type).toBe('user.changed')
})
