import { expect } from 'vitest'
import { TEST_USER, custom } from '../custom.ts'
import { at, type Answer } from '../bridge.ts'
import { created, ENTERPRISE, filtered, GROUP, isError, patchOf, people, USER } from './asserts.ts'
import { declines, finding, finds, found, makeCast, type Case } from './filterData.ts'
import type { Probe } from './probe.ts'
import { done } from './row.ts'
import type { Section } from './sections.ts'

/** The other case of letters. */
const swapped = (text: string) =>
  text.replaceAll(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  )

/** What two look-ups among a handful of resources read at the most: one scan each, whatever the filter. */
const MOST_ROWS = 100

/** Asks for what a filter finds, of people and of everything, by reading few rows; gives the answers. */
async function cheaply(probe: Probe, filter: string): Promise<readonly Answer[]> {
  let read = 0
  const counting = await probe.where({
    fetch: async (request) => {
      const response = await fetch(request)
      const counts = (await response.clone().text()).matchAll(/"rows_read":(\d+)/g)
      for (const [, count] of counts) read += Number(count)
      return response
    },
  })
  const answers: Answer[] = []
  for (const endpoint of ['/Users', '/']) answers.push(await counting.send('GET', filtered(endpoint, filter)))
  expect(read).toBeLessThan(MOST_ROWS)
  return answers
}

const nested = (depth: number) => `${'('.repeat(depth)}title pr${')'.repeat(depth)}`
const joined = (terms: number, word = 'or') =>
  Array.from({ length: terms }, () => 'title pr').join(` ${word} `)
const twisted = (depth: number) =>
  `${'not (title co "x" or userName pr and '.repeat(depth)}title pr${')'.repeat(depth)}`

export const filterValues: Section = {
  title: 'G. Filters: values and limits',
  rows: [
    done(
      '7644-3.4.2.2-29',
      '`schemas` can be asked for, and so who has an extension.',
      finds([`schemas eq "${ENTERPRISE}"`, 'A'], [`schemas eq "${USER}"`, 'AB']),
    ),
    done('7644-3.4.2.2-30', 'A value is a text, a number, true, false or null.', async (probe) => {
      await finds(['active eq true', 'A'], ['title eq null', 'B'], ['active eq false', 'B'])(probe)
      const declared = await probe.where({ custom })
      const C = await created(declared, '/Users', {
        schemas: [USER, TEST_USER],
        userName: 'c',
        [TEST_USER]: { number: 10 },
      })
      await finding(declared, { C }, [
        [`${TEST_USER}:number eq 10`, 'C'],
        [`${TEST_USER}:number eq 1`, ''],
      ])
    }),
    done('7644-3.4.2.2-31', 'Escapes in a text mean what they mean in JSON.', async (probe) => {
      const cast = await makeCast(probe, { displayName: 'a"b\\c' })
      await finding(probe, cast, [
        ['displayName eq "a\\"b\\\\c"', 'B'],
        ['displayName eq "\\u0041\\u0022b\\u005cc"', 'B'],
        ['externalId sw "\\u0041"', 'A'],
      ])
    }),
    done(
      '7644-3.4.2.2-32',
      'Case counts where the schema says so: in `id` and `externalId`, not in `userName`.',
      async (probe) => {
        const cast = await makeCast(probe)
        const { id } = cast.A
        await finding(probe, cast, [
          ['userName eq "BJENSEN"', 'A'],
          ['externalId eq "Abc"', 'A'],
          ['externalId eq "aBC"', ''],
          [`id eq "${id}"`, 'A'],
          [`id eq "${swapped(id)}"`, ''],
        ])
      },
    ),
    done(
      '7644-3.4.2.2-33',
      'Every operator on text treats case alike.',
      finds(
        ['userName co "JEN"', 'A'],
        ['userName sw "BJ"', 'A'],
        ['userName ew "SEN"', 'A'],
        ['userName ne "BJENSEN"', 'B'],
        ['externalId co "bc"', 'A'],
        ['externalId co "BC"', ''],
        ['externalId sw "ab"', ''],
        ['externalId ew "C"', ''],
        ['externalId ne "aBC"', 'AB'],
      ),
    ),
    done('7644-3.4.2.2-34', 'An unknown operator is refused, and the answer says which.', async (probe) => {
      await declines('userName regex "x"')(probe)
      const { body } = await probe.send('GET', filtered('/Users', 'userName regex "x"'))
      expect(at(body, 'detail')).toMatch(/operator.*regex/)
    }),
    done(
      '7644-3.4.2.2-35',
      'What the grammar of filters does not have is refused.',
      declines(
        'userName eq',
        'eq "x"',
        'userName eq "x" and',
        '(userName eq "x"',
        'userName eq bare',
        'emails[type eq "work"',
        '',
      ),
    ),
    done(
      '7644-3.4.2.2-36',
      'A filter about an attribute that no schema has is refused wherever it stands.',
      declines(
        'shoeSize eq 9',
        'shoeSize pr',
        'name.shoeSize eq 9',
        `${ENTERPRISE}:shoeSize eq 9`,
        'userName pr or shoeSize eq 9',
        'emails[shoeSize eq 9]',
      ),
    ),
    done('7644-3.4.2.2-37', 'A value that the bridge filled in is found as it was shown.', async (probe) => {
      const A = await created(probe, '/Users', { schemas: [USER], userName: 'a' })
      expect(A.active).toBe(true)
      await finding(probe, { A }, [
        ['active eq true', 'A'],
        ['active pr', 'A'],
        ['active eq false', ''],
      ])
    }),
    done(
      '7644-3.4.2.2-38',
      'Nothing in a value is a command or a pattern to the database.',
      async (probe) => {
        const cast = await makeCast(probe)
        const literals: readonly Case[] = [
          ['userName eq "\' OR 1=1 --"', 'C'],
          ['userName sw "%"', 'D'],
          ['userName co "_"', 'E'],
        ]
        await finding(
          probe,
          cast,
          literals.map(([filter]) => [filter, '']),
        )
        const [C, D, E] = await people(probe, "' OR 1=1 --", '%d', 'e_e')
        if (C === undefined || D === undefined || E === undefined) throw new Error('three were made')
        await finding(probe, { ...cast, C, D, E }, literals)
      },
    ),
    done(
      '7644-3.4.2.2-39',
      'A filter may have 100 terms and brackets 30 deep; a larger one is refused.',
      async (probe) => {
        const cast = await makeCast(probe)
        for (const filter of [nested(30), joined(100), joined(100, 'and'), twisted(30)]) {
          for (const answer of await cheaply(probe, filter)) expect(found(answer, cast)).toBe('A')
        }
        for (const filter of [nested(200), joined(1_000), joined(101), nested(31)]) {
          for (const answer of await cheaply(probe, filter)) isError(answer, 400, 'invalidFilter')
        }
      },
    ),
    done('7644-3.4.2.2-40', 'The groups of a person are found by their members.', async (probe) => {
      const { A, B } = await makeCast(probe)
      const made = (displayName: string, ...members: readonly string[]) =>
        created(probe, '/Groups', {
          schemas: [GROUP],
          displayName,
          members: members.map((value) => ({ value })),
        })
      const groups = { X: await made('x', A.id), Y: await made('y', A.id, B.id), Z: await made('z') }
      const cases: readonly Case[] = [
        [`members.value eq "${A.id}"`, 'XY'],
        [`members.value eq "${B.id}"`, 'Y'],
        [`members.value eq "${groups.X.id}"`, ''],
      ]
      await finding(probe, groups, cases, '/Groups')
    }),
    done(
      '7644-3.4.2.2-41',
      '`meta` can be asked for: the kind of resource, and when it last changed.',
      async (probe) => {
        const on = (day: string) => probe.where({ now: () => new Date(`2026-03-${day}T10:00:00Z`) })
        const [A] = await people(await on('01'), 'a')
        const [B] = await people(await on('02'), 'b')
        if (A === undefined || B === undefined) throw new Error('two were made')
        await finding(probe, { A, B }, [
          ['meta.resourceType eq "User"', 'AB'],
          ['meta.resourceType eq "Group"', ''],
          ['meta.lastModified ge "2026-03-02T10:00:00Z"', 'B'],
        ])
        const rename = patchOf({ op: 'replace', path: 'displayName', value: 'A' })
        expect((await (await on('03')).send('PATCH', `/Users/${A.id}`, rename)).status).toBe(200)
        await finding(probe, { A, B }, [
          ['meta.lastModified ge "2026-03-02T10:00:00Z"', 'AB'],
          ['meta.lastModified ge "2026-03-03T10:00:00Z"', 'A'],
          ['meta.lastModified lt "2026-03-03T10:00:00Z"', 'B'],
        ])
      },
    ),
  ],
}
