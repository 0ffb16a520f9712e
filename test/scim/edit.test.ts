import { describe, expect, test } from 'vitest'
import { applyEdits, condense, edit, foldEdit, prune, type Edit } from '../../worker/scim/edit.ts'
import { findAttributeRef } from '../../worker/scim/attributeRef.ts'
import { foldDocument } from '../../worker/scim/fold.ts'
import { userType } from '../../worker/scim/resourceTypes.ts'
import type { Json, JsonObject } from '../../worker/scim/json.ts'
import { ENTERPRISE } from './attributeOf.ts'
import { everySeed, type Random } from './random.ts'

/** The step that gives the attribute of that name a value, or takes it away. */
function set(name: string, value: Json | undefined): Edit {
  const ref = findAttributeRef(userType, name)
  if (ref === undefined) throw new Error(`no attribute ${name}`)
  return edit(ref.extension, ref.attribute, ref.sub, value)
}

/** For each name some values that it may be given, as they are kept. */
const values: readonly (readonly [string, readonly Json[]])[] = [
  ['title', ['Trainee', 'BOSS']],
  ['active', [true, false]],
  ['name', [{ givenName: 'ANNA' }, { familyName: 'Ek', middleName: 'B' }]],
  ['name.givenName', ['Bo', 'ÉVA']],
  ['name.familyName', ['Ek', 'Straße']],
  [
    'emails',
    [[{ value: 'A@x.org', type: 'Work' }], [{ value: 'b@x.org' }, { value: 'c@x.org', primary: true }]],
  ],
  [`${ENTERPRISE}:department`, ['SALES', 'Law']],
  [`${ENTERPRISE}:manager`, [{ value: 'M1' }, { value: 'm2', $ref: 'https://x.org/Users/m2' }]],
  [`${ENTERPRISE}:manager.value`, ['m3']],
]

const randomEdit = ({ pick, below }: Random): Edit => {
  const [name, choices] = pick(values)
  return set(name, below(3) === 0 ? undefined : pick(choices))
}

const randomDocument = (random: Random): JsonObject =>
  applyEdits(
    { userName: 'anna' },
    random.upTo(6, () => randomEdit(random)),
  )

describe('a step', () => {
  const anna = { userName: 'anna', name: { givenName: 'Anna' } }

  test.each([
    ['sets an attribute', set('title', 'Boss'), { ...anna, title: 'Boss' }],
    [
      'sets one in an extension',
      set(`${ENTERPRISE}:department`, 'Law'),
      { ...anna, [ENTERPRISE]: { department: 'Law' } },
    ],
    [
      'sets one two levels down',
      set(`${ENTERPRISE}:manager.value`, '7'),
      { ...anna, [ENTERPRISE]: { manager: { value: '7' } } },
    ],
    [
      'leaves what stands beside it',
      set('name.familyName', 'Ek'),
      { ...anna, name: { givenName: 'Anna', familyName: 'Ek' } },
    ],
    ['sets what is false', set('active', false), { ...anna, active: false }],
    [
      'replaces a whole attribute',
      set('name', { familyName: 'Ek' }),
      { ...anna, name: { familyName: 'Ek' } },
    ],
    ['takes an attribute away', set('name', undefined), { userName: 'anna' }],
    ['takes the emptied object away', set('name.givenName', undefined), { userName: 'anna' }],
    ['takes away what is not there', set(`${ENTERPRISE}:manager.value`, undefined), anna],
  ])('%s', (_, step, after) => {
    const before = structuredClone(anna)
    expect(applyEdits(before, [step])).toEqual(after)
    expect(before).toEqual(anna)
  })
})

describe('condensed steps', () => {
  test('are the last at each path, and none below a later one', () => {
    const steps = [
      set('title', 'a'),
      set('name.givenName', 'b'),
      set('title', undefined),
      set('name', undefined),
      set('name.familyName', 'c'),
      set(`${ENTERPRISE}:manager.value`, 'd'),
      set('title', 'e'),
    ]
    expect(condense(steps)).toEqual(steps.slice(3))
  })

  test('have the end of all steps in order, and are the fewest', () => {
    everySeed(4_000, (random) => {
      const document = randomDocument(random)
      const steps = random.upTo(12, () => randomEdit(random))
      const few = condense(steps)
      expect(applyEdits(document, few)).toEqual(applyEdits(document, steps))
      for (const [index, { path }] of few.entries()) {
        const undone = few
          .slice(index + 1)
          .some((later) => later.path.every((name, depth) => path[depth] === name))
        expect(undone).toBe(false)
      }
    })
  })

  test('stay as few as the schema is wide', () => {
    const thousand = Array.from({ length: 1_000 }, (_, n) =>
      set(n % 2 === 0 ? 'title' : 'name.givenName', `${n}`),
    )
    expect(condense(thousand)).toEqual([set('title', '998'), set('name.givenName', '999')])
  })
})

test('folded steps on the folded document give the fold of the document after them', () => {
  everySeed(2_000, (random) => {
    const document = randomDocument(random)
    const steps = random.upTo(6, () => randomEdit(random))
    const folded = applyEdits(foldDocument(userType, document), steps.map(foldEdit))
    expect(folded).toEqual(foldDocument(userType, applyEdits(document, steps)))
  })
})

describe('a document is shown without objects that are empty', () => {
  test.each([
    ['an attribute', { userName: 'a', name: {} }, { userName: 'a' }],
    ['an extension', { userName: 'a', [ENTERPRISE]: {} }, { userName: 'a' }],
    ['an extension that holds one', { userName: 'a', [ENTERPRISE]: { manager: {} } }, { userName: 'a' }],
    [
      'one beside another value',
      { userName: 'a', [ENTERPRISE]: { manager: {}, department: 'Law' } },
      { userName: 'a', [ENTERPRISE]: { department: 'Law' } },
    ],
    [
      'nothing else',
      { active: false, name: { givenName: 'A' } },
      { active: false, name: { givenName: 'A' } },
    ],
  ])('%s', (_, kept, shown) => expect(prune(userType, kept)).toEqual(shown))
})
