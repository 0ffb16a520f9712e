import { describe, expect, test } from 'vitest'
import { ids, profileIds } from './ids.ts'
import { bridgeProbe, hollowProbe } from './probe.ts'
import { outcomeOf } from './row.ts'
import { sections } from './sections.ts'

const rows = sections.flatMap(({ rows: inner }) => inner)

test('every row of the checklist and of the profiles is here, once, in order', () => {
  expect(rows.map(({ id }) => id)).toEqual([...ids.map(([id]) => id), ...profileIds])
})

test('what is left on purpose may be left', ({ task }) => {
  task.meta.rows = rows.filter(({ kind }) => kind !== 'done').map(outcomeOf)
  const may = new Set(['MAY', 'COND'])
  const levels = new Map(ids)
  // A password is taken and dropped: the bridge signs nobody in. I-01 is about tokens by OAuth.
  const password = ['7644-3.5.1-02', '7644-3.5.2.3-10']
  const wrong = rows.filter(
    ({ id, kind }) =>
      kind !== 'done' &&
      kind !== 'by deployment' &&
      !may.has(levels.get(id) ?? '') &&
      !password.includes(id) &&
      id !== 'I-01',
  )
  expect(wrong.map(({ id }) => id)).toEqual([])
  expect(rows.filter(({ kind, id }) => kind === 'by deployment' && id !== '7644-7.2-01')).toEqual([])
})

describe.each(sections)('$title', ({ rows: inner }) => {
  for (const row of inner) {
    if (row.kind !== 'done') continue
    for (const mode of row.modes) {
      test(`${row.id} ${mode}: ${row.requirement}`, async ({ task }) => {
        task.meta.rows = [outcomeOf(row)]
        await expect(row.test(hollowProbe(mode)), 'a server that does nothing').rejects.toThrow()
        await row.test(await bridgeProbe(mode))
      })
    }
    const { tolerated } = row
    if (tolerated !== undefined) {
      test(`${row.id} tolerant: ${tolerated.quirk} is taken and counted`, async () => {
        await expect(tolerated.test(hollowProbe('tolerant'))).rejects.toThrow()
        await tolerated.test(await bridgeProbe('tolerant'))
      })
    }
  }
})
