import { createClient } from '@libsql/client/http'
import { describe, expect, inject, test } from 'vitest'
import type { Selection } from '../../worker/scim/selection.ts'
import { readQuery, type Asked } from '../../worker/scim/query.ts'
import { groupType, userType } from '../../worker/scim/resourceTypes.ts'
import type { ResourceType } from '../../worker/scim/schema.ts'
import type { Request } from '../../worker/store/admission.ts'
import { compile, sql } from '../../worker/store/database.ts'
import { planOf, type Start } from '../../worker/store/listPlan.ts'
import { needFor } from '../../worker/store/resources.ts'
import { pageSql } from '../../worker/store/lists.ts'

const client = createClient({ url: inject('libsqlUrl') })

const request: Request = { caller: { connection: 'c', token: 't' }, id: 'r', at: new Date(0) }
const none: Selection = { kind: 'only', paths: [] }

/** What libSQL says it will read of `resources`, `members` and `emails` for a list, step by step. */
async function steps(type: ResourceType, asked: Asked, start: Start = { kind: 'offset', offset: 0 }) {
  const plan = planOf(request, needFor(type, 'read'), readQuery([type], asked), start, 100)
  const statement = compile(sql`EXPLAIN QUERY PLAN ${pageSql(plan, [type], [none])}`)
  const { rows } = await client.execute(statement)
  return rows
    .map(({ detail }) => (typeof detail === 'string' ? detail : ''))
    .filter((detail) => !detail.includes('tokens'))
}

const ID = '2819c223-7f76-453a-919d-413861904646'

describe('a filter is answered from an index, alone, beside others and in brackets', () => {
  test.each([
    [userType, `id eq "${ID}"`, 'resources_id (connection=? AND id=?)'],
    [userType, 'userName eq "Anna"', 'resources_user_name (connection=? AND user_name=?)'],
    [userType, 'externalId eq "x"', 'external_id'],
    [userType, 'displayName eq "x"', 'resources_display_name (connection=? AND type=? AND display_name=?)'],
    [groupType, 'displayName eq "x"', 'resources_display_name (connection=? AND type=? AND display_name=?)'],
    [groupType, 'externalId eq "x"', 'external_id=?'],
    [userType, 'emails[value eq "x"]', 'SEARCH i USING PRIMARY KEY (connection=? AND value=?)'],
    [
      userType,
      'emails[type eq "work" and value eq "x"]',
      'SEARCH i USING PRIMARY KEY (connection=? AND value=?)',
    ],
    [userType, 'emails.value eq "x"', 'SEARCH i USING PRIMARY KEY (connection=? AND value=?)'],
    [
      userType,
      'emails[type eq "work"].value eq "x"',
      'SEARCH i USING PRIMARY KEY (connection=? AND value=?)',
    ],
    [groupType, `members[value eq "${ID}"]`, 'members_member (connection=? AND member_id=?)'],
    [groupType, `members.value eq "${ID}"`, 'members_member (connection=? AND member_id=?)'],
    [groupType, `id eq "${ID}" and members eq "${ID}"`, 'resources_id (connection=? AND id=?)'],
    [userType, `groups.value eq "${ID}"`, 'SEARCH s USING PRIMARY KEY (connection=? AND group_id=?'],
    [
      userType,
      `groups.value eq "${ID.toUpperCase()}"`,
      'SEARCH i USING PRIMARY KEY (connection=? AND group_id=?)',
    ],
    [userType, 'userName sw "an"', 'resources_user_name (connection=? AND user_name>? AND user_name<?)'],
    [
      userType,
      'displayName sw "an"',
      'resources_display_name (connection=? AND type=? AND display_name>? AND display_name<?)',
    ],
    [groupType, 'displayName sw "an"', 'display_name>? AND display_name<?)'],
    [userType, 'userName eq "a" or externalId eq "b"', 'resources_user_name (connection=? AND user_name=?)'],
    [userType, 'active eq true and emails.value eq "x"', 'SEARCH i USING PRIMARY KEY'],
  ])('$name', async (type, filter, index) => {
    for (const text of [filter, `(${filter})`, `${filter} and meta.resourceType pr`]) {
      const plan = await steps(type, { filter: text })
      expect(plan.join('\n'), text).toContain(index)
      expect(
        plan.filter(
          (step) =>
            /^SCAN (r|s|i)\b/.test(step) || (step.includes('resources_list') && !step.includes('seq=?')),
        ),
        text,
      ).toEqual([])
    }
  })
})

test('what has no index is one scan, for the page and its total together', async () => {
  for (const filter of ['title eq "x"', 'title co "x" or nickName pr', 'not (emails.type eq "work")']) {
    const plan = await steps(userType, { filter })
    const reads = plan.filter((step) => /\br\b/.test(step) && !step.includes('rowid=?'))
    expect(reads, plan.join('\n')).toEqual([
      expect.stringContaining('SEARCH r USING INDEX resources_list (connection=? AND type=?)'),
    ])
  }
})

describe('a page by cursor reads on from where the last one ended', () => {
  const behind = (value: string | number, tie: string | number): Start => ({
    kind: 'behind',
    value,
    tie,
    total: 9,
  })

  test.each<[string, ResourceType, Asked, Start, string]>([
    ['in the usual order', userType, {}, behind(5, 5), 'resources_list (connection=? AND type=? AND seq>?)'],
    [
      'by userName',
      userType,
      { sortBy: 'userName' },
      behind('a', 5),
      'resources_user_name (connection=? AND user_name>?)',
    ],
    [
      'by userName, backwards',
      userType,
      { sortBy: 'userName', sortOrder: 'descending' },
      behind('a', 5),
      'resources_user_name (connection=? AND user_name>? AND user_name<?)',
    ],
    [
      'groups by displayName',
      groupType,
      { sortBy: 'displayName' },
      behind('a', 5),
      'resources_display_name (connection=? AND type=? AND display_name>?)',
    ],
    [
      'those whose name begins so',
      userType,
      { filter: 'userName sw "a"', sortBy: 'userName' },
      behind('ab', 5),
      'resources_user_name (connection=? AND user_name>? AND user_name<?)',
    ],
    [
      'the people of a group',
      userType,
      { filter: `groups.value eq "${ID}"` },
      behind('a', 'a'),
      'SEARCH s USING PRIMARY KEY (connection=? AND group_id=? AND member_id>?)',
    ],
  ])('%s', async (_, type, asked, start, index) => {
    const plan = await steps(type, asked, start)
    expect(plan.join('\n')).toContain(index)
    // The only sort left is that of the page itself, which is read already.
    const inner = plan.slice(0, plan.findIndex((step) => step.includes(index)) + 2)
    expect(inner.filter((step) => step.includes('USE TEMP B-TREE FOR ORDER BY'))).toEqual([])
  })
})
