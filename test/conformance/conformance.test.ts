import { describe, expect, test } from 'vitest'
import { ids } from './ids.ts'
import { bridgeProbe, hollowProbe } from './probe.ts'
import { sections } from './sections.ts'

/** The rows of the two profiles above the RFCs. */
const profileIds = [
  ...Array.from({ length: 15 }, (_, index) => `P-${String(index + 1).padStart(2, '0')}`),
  ...Array.from({ length: 9 }, (_, index) => `I-${String(index + 2).padStart(2, '0')}`),
]

const rows = sections.flatMap(({ rows: inner }) => inner)

test('no row is here twice, and none that the checklist does not have', () => {
  const here = rows.map(({ id }) => id)
  const known = new Set([...ids.map(([id]) => id), ...profileIds])
  expect(here.filter((id, index) => !known.has(id) || here.indexOf(id) !== index)).toEqual([])
})

test('what is left on purpose may be left', () => {
  const may = new Set(['MAY', 'COND'])
  const levels = new Map(ids)
  // A password is taken and dropped: the bridge signs nobody in.
  const password = ['7644-3.5.1-02', '7644-3.5.2.3-10']
  const wrong = rows.filter(
    ({ id, kind }) =>
      kind !== 'done' && kind !== 'by deployment' && !may.has(levels.get(id) ?? '') && !password.includes(id),
  )
  expect(wrong.map(({ id }) => id)).toEqual([])
  expect(rows.filter(({ kind, id }) => kind === 'by deployment' && id !== '7644-7.2-01')).toEqual([])
})

describe.each(sections.filter(({ rows: inner }) => inner.length > 0))('$title', ({ rows: inner }) => {
  for (const row of inner) {
    if (row.kind !== 'done') continue
    for (const mode of row.modes) {
      test(`${row.id} ${mode}: ${row.requirement}`, async () => {
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
