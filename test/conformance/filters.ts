import { expect } from 'vitest'
import { TEST_USER, custom } from '../custom.ts'
import { at } from '../bridge.ts'
import { created, ENTERPRISE, filtered, isError, USER } from './asserts.ts'
import { declines, finding, finds, makeCast } from './filterData.ts'
import { done } from './row.ts'
import type { Section } from './sections.ts'

const ORDERS = ['gt', 'ge', 'lt', 'le']

export const filters: Section = {
  title: 'G. Filters: operators and grammar',
  rows: [
    done(
      '7644-3.4.2.2-01',
      'A filter leaves only what matches in the list and in its total.',
      finds(['userName eq "Bjensen"', 'A']),
    ),
    done(
      '7644-3.4.2.2-02',
      'Names of attributes and operators may be written in any case.',
      finds(
        ['USERNAME Eq "bjensen"', 'A'],
        ['userName eq "bjensen"', 'A'],
        ['title PR', 'A'],
        ['title pr', 'A'],
      ),
    ),
    done('7644-3.4.2.2-03', '`eq` finds equal values.', finds(['userType eq "Intern"', 'B'])),
    done('7644-3.4.2.2-04', '`ne` finds all other values.', finds(['userType ne "Intern"', 'A'])),
    done('7644-3.4.2.2-05', '`co` finds a part of a value.', finds(['userName co "jen"', 'A'])),
    done(
      '7644-3.4.2.2-06',
      '`sw` finds the beginning of a value, and the whole of it.',
      finds(['userName sw "bj"', 'A'], ['userName sw "bjensen"', 'A']),
    ),
    done(
      '7644-3.4.2.2-07',
      '`ew` finds the end of a value, and the whole of it.',
      finds(['userName ew "sen"', 'A'], ['userName ew "bjensen"', 'A']),
    ),
    done(
      '7644-3.4.2.2-08',
      '`pr` asks for a value: what is absent, null, "" or [] has none.',
      async (probe) => {
        const cast = await makeCast(probe)
        await finding(probe, cast, [
          ['title pr', 'A'],
          ['emails pr', 'AB'],
        ])
        for (const empty of [{}, { emails: null, title: null }, { emails: [], title: '' }]) {
          const body = { schemas: [USER], userName: 'jsmith', ...empty }
          expect((await probe.send('PUT', `/Users/${cast.B.id}`, body)).status).toBe(200)
          await finding(probe, cast, [
            ['title pr', 'A'],
            ['emails pr', 'A'],
          ])
        }
      },
    ),
    done(
      '7644-3.4.2.2-09',
      '`pr` of a complex attribute asks whether any part of it has a value.',
      finds(['name pr', 'A']),
    ),
    done(
      '7644-3.4.2.2-10',
      'Dates are compared as moments, in whatever offset and with whatever fraction they are written.',
      async (probe) => {
        const made = async (moment: string, userName: string) =>
          created(await probe.where({ now: () => new Date(moment) }), '/Users', { schemas: [USER], userName })
        const A = await made('2026-03-01T10:00:00.500Z', 'a')
        const B = await made('2026-03-01T10:00:01.500Z', 'b')
        await finding(probe, { A, B }, [
          ['meta.created gt "2000-01-01T00:00:00Z"', 'AB'],
          ['meta.created lt "2000-01-01T00:00:00+02:00"', ''],
          [`meta.created ge ${JSON.stringify(at(B, 'meta', 'created'))}`, 'B'],
          [`meta.created le ${JSON.stringify(at(A, 'meta', 'created'))}`, 'A'],
          ['meta.created ge "2026-03-01T12:00:01.5+02:00"', 'B'],
          ['meta.created gt "2026-03-01T12:00:01.500000+02:00"', ''],
          ['meta.created lt "2026-03-01T05:00:01-05:00"', 'A'],
          ['meta.created gt "2024-02-29T00:00:00-14:00"', 'AB'],
        ])
        // RFC 7643 §2.3.5: a value is a day that there is, and its offset 14 hours at the most.
        for (const none of ['2026-02-30T00:00:00Z', '2026-04-31T00:00:00Z', '2026-03-01T00:00:00+14:01']) {
          const filter = filtered('/Users', `meta.created gt "${none}"`)
          isError(await probe.send('GET', filter), 400, 'invalidFilter')
        }
      },
    ),
    done(
      '7644-3.4.2.2-11',
      'Text is ordered letter by letter.',
      finds(['userName gt "c"', 'B'], ['userName lt "c"', 'A']),
    ),
    done('7644-3.4.2.2-12', 'Numbers are ordered by what they count, not as text.', async (probe) => {
      const declared = await probe.where({ custom })
      const made = (userName: string, numbers: object) =>
        created(declared, '/Users', { schemas: [USER, TEST_USER], userName, [TEST_USER]: numbers })
      const A = await made('a', { number: 10, ratio: 10.5 })
      const B = await made('b', { number: 9, ratio: 9.5 })
      await finding(declared, { A, B }, [
        [`${TEST_USER}:number gt 9`, 'A'],
        [`${TEST_USER}:number ge 9`, 'AB'],
        [`${TEST_USER}:number lt 10`, 'B'],
        [`${TEST_USER}:ratio gt 9.5`, 'A'],
        [`${TEST_USER}:ratio le 9.5`, 'B'],
      ])
    }),
    done(
      '7644-3.4.2.2-13',
      'Booleans and binary values have no order: such a filter is refused.',
      declines(...ORDERS.flatMap((order) => [`active ${order} true`, `x509Certificates.value ${order} "a"`])),
    ),
    done(
      '7644-3.4.2.2-14',
      '`and` asks for both.',
      finds(['title pr and userType eq "Employee"', 'A'], ['title pr and userType eq "Intern"', '']),
    ),
    done('7644-3.4.2.2-15', '`or` asks for either.', finds(['title pr or userType eq "Intern"', 'AB'])),
    done(
      '7644-3.4.2.2-16',
      '`not (…)` finds what the bracket does not.',
      finds(['not (userType eq "Intern")', 'A']),
    ),
    done('7644-3.4.2.2-17', '`not` needs a bracket; a blank before it may be left out.', async (probe) => {
      await finds(['not(title pr)', 'B'], ['not (title pr)', 'B'])(probe)
      isError(await probe.send('GET', filtered('/Users', 'not title pr')), 400, 'invalidFilter')
    }),
    done(
      '7644-3.4.2.2-18',
      '`not` binds more than `and`, and `and` more than `or`.',
      finds(
        ['userType eq "Intern" or userType eq "Employee" and title pr', 'AB'],
        ['userType eq "Intern" or userType eq "Employee" and not (title pr)', 'B'],
        ['not (title pr) and active eq false', 'B'],
        ['not (title pr) or active eq true', 'AB'],
      ),
    ),
    done(
      '7644-3.4.2.2-19',
      'Round brackets are worked out first.',
      finds(
        ['(userType eq "Intern" or userType eq "Employee") and title pr', 'A'],
        ['userName eq "x" or (userName eq "jsmith" or externalId eq "Abc") and title pr', 'A'],
      ),
    ),
    done(
      '7644-3.4.2.2-20',
      '`and`, `or` and `not` may be written in any case.',
      finds(
        ['title pr AND userType eq "Employee"', 'A'],
        ['title pr Or userType eq "Intern"', 'AB'],
        ['NOT (title pr)', 'B'],
      ),
    ),
    done(
      '7644-3.4.2.2-21',
      'Of a list one value that matches is enough.',
      finds(['emails.value eq "babs@jensen.org"', 'A']),
    ),
    done(
      '7644-3.4.2.2-22',
      'A list that is named without a part is compared by its values.',
      finds(['emails co "jensen.org"', 'A'], ['emails eq "babs@jensen.org"', 'A']),
    ),
    done(
      '7644-3.4.2.2-23',
      'What stands in […] must all hold of one and the same element.',
      finds(
        ['emails[type eq "work" and value co "example.com"]', 'A'],
        ['emails[type eq "home" and value co "example.com"]', ''],
      ),
    ),
    done(
      '7644-3.4.2.2-24',
      'A […] may stand beside other terms.',
      finds(
        ['userType eq "Employee" and emails[type eq "work"]', 'A'],
        ['emails[type eq "x"] or title pr', 'A'],
      ),
    ),
    done(
      '7644-3.4.2.2-25',
      'In […] there may be `not` and brackets.',
      finds(
        ['emails[not (type eq "work")]', 'A'],
        ['emails[(type eq "home" or type eq "work") and value ew ".org"]', 'AB'],
      ),
    ),
    done(
      '7644-3.4.2.2-26',
      'A part of an attribute is named behind a dot.',
      finds(['name.familyName co "O\'Malley"', 'A']),
    ),
    done(
      '7644-3.4.2.2-27',
      'The URN of its schema may stand before an attribute.',
      finds([`${USER}:userName sw "bj"`, 'A']),
    ),
    done(
      '7644-3.4.2.2-28',
      'Attributes of an extension are named behind its URN.',
      finds([`${ENTERPRISE}:department eq "Tour Operations"`, 'A']),
    ),
  ],
}
