import { describe, expect, test } from 'vitest'
import { at, bridge, idOf, patchOp, type Bridge } from '../bridge.ts'
import { custom, TEST_USER } from '../custom.ts'

const taken = { status: 409, body: { scimType: 'uniqueness' } }

/** Who has left, with a serial number given once; gives the id. */
async function gone(to: Bridge, extension: object = { serial: 'S1', plain: 'p' }): Promise<string> {
  const body = { userName: 'gone', externalId: 'E', active: false, [TEST_USER]: extension }
  return idOf(await to.send('POST', '/Users', body))
}
const back = (extension?: object) => ({
  userName: 'back',
  externalId: 'E',
  ...(extension === undefined ? {} : { [TEST_USER]: extension }),
})
const shown = (body: unknown) => at(body, TEST_USER)

describe('what may be set only once stays with who comes back', () => {
  test('where the body leaves it out, in one trip', async () => {
    const to = await bridge({ custom })
    const id = await gone(to)
    to.trips()
    const revived = await to.send('POST', '/Users', back({ plain: 'q' }))
    expect(to.trips()).toBe(1)
    expect(revived).toMatchObject({ status: 201, body: { id, userName: 'back', active: true } })
    expect(shown(revived.body)).toEqual({ serial: 'S1', plain: 'q' })
    expect((await to.send('GET', `/Users/${id}`)).body).toEqual(revived.body)
    const found = await to.send('GET', `/Users?filter=${encodeURIComponent(`${TEST_USER}:serial eq "s1"`)}`)
    expect(at(found.body, 'totalResults')).toBe(1)
  })

  test('where the body has no extension, or it had no value', async () => {
    for (const [had, sent, has] of [
      [{ serial: 'S1', plain: 'p' }, undefined, { serial: 'S1' }],
      [{ plain: 'p' }, undefined, undefined],
      [{ plain: 'p' }, { serial: 'S2' }, { serial: 'S2' }],
      [{ serial: 'S1' }, { serial: 's1', plain: 'q' }, { serial: 'S1', plain: 'q' }],
    ]) {
      const to = await bridge({ custom })
      const id = await gone(to, had)
      const revived = await to.send('POST', '/Users', back(sent))
      expect(revived).toMatchObject({ status: 201, body: { id, meta: { version: 'W/"2"' } } })
      expect(shown(revived.body)).toEqual(has)
    }
  })

  test('and another value is 400 mutability, which brings nobody back', async () => {
    const to = await bridge({ custom })
    const path = `/Users/${await gone(to)}`
    const before = await to.send('GET', path)
    expect(await to.send('POST', '/Users', back({ serial: 'S2' }))).toMatchObject({
      status: 400,
      body: { scimType: 'mutability' },
    })
    expect((await to.send('GET', path)).body).toEqual(before.body)
    expect(at((await to.send('GET', '/Users')).body, 'totalResults')).toBe(1)
  })

  test('and who is new is made in one trip', async () => {
    const to = await bridge({ custom })
    to.trips()
    expect(shown((await to.send('POST', '/Users', back({ serial: 'S1' }))).body)).toEqual({ serial: 'S1' })
    expect(to.trips()).toBe(1)
    expect(await to.send('POST', '/Users', back({ serial: 'S1' }))).toMatchObject(taken)
  })

  test('when ten bring that person back at once', async () => {
    const to = await bridge({ custom })
    const id = await gone(to)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => to.send('POST', '/Users', back({ serial: 'S1' }))),
    )
    expect(answers.filter(({ status }) => status === 201).map(idOf)).toEqual([id])
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(9)
  })
})

describe('a strict connection', () => {
  const user = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', TEST_USER] }

  test.each([undefined, { serial: 'S1' }, { serial: 'S2' }])(
    'brings nobody back: 409 (%j)',
    async (extension) => {
      const to = await bridge({ custom, mode: 'strict' })
      const made = await to.send('POST', '/Users', {
        ...user,
        ...back({ serial: 'S1' }),
        userName: 'gone',
        active: false,
      })
      const path = `/Users/${idOf(made)}`
      expect(await to.send('POST', '/Users', { ...user, ...back(extension) })).toMatchObject(taken)
      expect((await to.send('GET', path)).body).toEqual(made.body)
      const on = patchOp({ op: 'replace', path: 'active', value: true })
      expect((await to.send('PATCH', path, on)).body).toMatchObject({ id: idOf(made), active: true })
    },
  )
})
