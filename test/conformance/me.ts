import { expect } from 'vitest'
import { at } from '../bridge.ts'
import { created, isError, read, USER } from './asserts.ts'
import { done, notOffered } from './row.ts'
import type { Section } from './sections.ts'

export const me: Section = {
  title: 'Q. /Me',
  rows: [
    done('7644-3.11-01', 'To a token that names nobody /Me is 501.', async (probe) => {
      isError(await probe.send('GET', '/Me'), 501)
    }),
    notOffered(
      '7644-3.11-02',
      '/Me leads to the person by a redirect.',
      'It shows the person at once: 200, with the address in Location.',
    ),
    done(
      '7644-3.11-03',
      '/Me shows the person whom the token names, and Location is the address of that person.',
      async (probe) => {
        const { id } = await created(probe, '/Users', { schemas: [USER], userName: 'anna' })
        const own = await probe.as({ user: id })
        const answer = await own.send('GET', '/Me')
        expect([answer.status, answer.body]).toEqual([200, await read(own, `/Users/${id}`)])
        const address = `${probe.base}/Users/${id}`
        expect([answer.headers.get('location'), at(answer.body, 'meta', 'location')]).toEqual([
          address,
          address,
        ])
      },
    ),
    done(
      '7644-3.11-04',
      'The token of an identity provider names nobody: whatever it asks of /Me is 501.',
      async (probe) => {
        for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
          isError(await probe.send(method, '/Me', method === 'GET' ? undefined : {}), 501)
      },
    ),
  ],
}
