import { expect } from 'vitest'
import { at } from '../bridge.ts'
import { created, filtered, isError, listed, patchOf, people, read, SEARCH } from './asserts.ts'
import { group, user, valuesOf } from './bodies.ts'
import type { Probe } from './probe.ts'
import { done } from './row.ts'
import type { Section } from './sections.ts'

export const remove: Section = {
  title: 'O. Delete',
  rows: [
    done('7644-3.6-01', 'DELETE is answered with 204 and nothing more.', async (probe) => {
      const { id } = await created(probe, '/Users', user('anna'))
      const answer = await probe.send('DELETE', `/Users/${id}`)
      expect([answer.status, answer.body]).toEqual([204, undefined])
    }),

    done('7644-3.6-02', 'What was deleted is 404 for every operation.', async (probe) => {
      for (const [endpoint, body, name] of [
        ['/Users', user('anna'), 'title'],
        ['/Groups', group('Staff'), 'displayName'],
      ] as const) {
        const path = `${endpoint}/${(await created(probe, endpoint, body)).id}`
        await read(probe, path)
        await removed(probe, path)
        const patch = patchOf({ op: 'replace', path: name, value: 'Boss' })
        const attempts = [['GET'], ['PUT', body], ['PATCH', patch], ['DELETE']] as const
        for (const [method, sent] of attempts) isError(await probe.send(method, path, sent), 404)
      }
    }),

    done('7644-3.6-03', 'What was deleted is in no list.', async (probe) => {
      const [anna, bo] = await people(probe, 'anna', 'bo')
      const find = async () => {
        const search = { schemas: [SEARCH], filter: 'userName eq "anna"' }
        const answers = [
          await probe.send('GET', '/Users'),
          await probe.send('GET', filtered('/Users', `id eq "${anna?.id}"`)),
          await probe.send('GET', filtered('/Users', 'userName eq "anna"')),
          await probe.send('POST', '/Users/.search', search),
        ]
        return answers.map((answer) => [at(answer.body, 'totalResults'), listed(answer).map(({ id }) => id)])
      }
      const one = [1, [anna?.id]]
      expect(await find()).toEqual([[2, [anna?.id, bo?.id]], one, one, one])
      await removed(probe, `/Users/${anna?.id}`)
      expect(await find()).toEqual([
        [1, [bo?.id]],
        [0, []],
        [0, []],
        [0, []],
      ])
    }),

    done('7644-3.6-04', 'The names of a deleted person are free again.', async (probe) => {
      const body = user('anna', { externalId: 'e1' })
      const { id } = await created(probe, '/Users', body)
      isError(await probe.send('POST', '/Users', body), 409, 'uniqueness')
      await removed(probe, `/Users/${id}`)
      expect((await created(probe, '/Users', body)).id).not.toBe(id)
    }),

    done('7644-3.6-05', 'DELETE of what is not there is 404.', async (probe) => {
      isError(await probe.send('DELETE', '/Users/none'), 404)
    }),

    done('7644-3.6-06', 'A deleted person is in no group.', async (probe) => {
      const [anna, bo] = await people(probe, 'anna', 'bo')
      const { id } = await created(probe, '/Groups', group('Staff', `${anna?.id}`, `${bo?.id}`))
      const memberIds = async () => valuesOf((await read(probe, `/Groups/${id}`))['members'])
      expect(await memberIds()).toEqual(new Set([anna?.id, bo?.id]))
      await removed(probe, `/Users/${anna?.id}`)
      expect(await memberIds()).toEqual(new Set([bo?.id]))
    }),

    done('7644-3.6-07', 'The members of a deleted group stay, and are in it no more.', async (probe) => {
      const [anna, bo] = await people(probe, 'anna', 'bo')
      const ids = [`${anna?.id}`, `${bo?.id}`]
      const staff = await created(probe, '/Groups', group('Staff', ...ids))
      const team = await created(probe, '/Groups', group('Team', ...ids))
      const groupIds = async (id: string) => valuesOf((await read(probe, `/Users/${id}`))['groups'])
      for (const id of ids) expect(await groupIds(id)).toEqual(new Set([staff.id, team.id]))
      await removed(probe, `/Groups/${staff.id}`)
      for (const id of ids) expect(await groupIds(id)).toEqual(new Set([team.id]))
    }),
  ],
}

async function removed(probe: Probe, path: string): Promise<void> {
  expect((await probe.send('DELETE', path)).status).toBe(204)
}
