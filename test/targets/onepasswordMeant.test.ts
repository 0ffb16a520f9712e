import { afterAll, beforeEach, expect, test } from 'vitest'
import { startPreset } from './onepasswordPreset.ts'
import { documentOf, stepOf, wayOut } from './onepasswordSteps.ts'
import { linkOf } from './scimSteps.ts'

const { server, verified, plain, somebody, suspend, mend } = await startPreset()

afterAll(() => server.stop())
beforeEach(() => mend())

let count = 0
const fresh = () => {
  count += 1
  return `fresh.${count}@example.com`
}
const isSuspended = (remote: string) => server.people().find(({ id }) => id === remote)?.isSuspended

/** Somebody was given another's address, which that one still has at the Users API: neither has confirmed anything. */
async function renamedToAnother() {
  server.confirming(true)
  const [leaver, victim] = [await somebody(), await somebody()]
  server.confirming(true)
  await plain.deliverUser(stepOf(documentOf(fresh()), victim.link), wayOut())
  const link = linkOf(await plain.deliverUser(stepOf(documentOf(victim.email), leaver.link), wayOut()))
  expect(link.confirmed['userName']).toBe(victim.email)
  return { link, victim: victim.link.remote }
}

test('who was given the address of somebody else is proven by their id, and that one is not touched', async () => {
  const { link, victim } = await renamedToAnother()
  server.holdBack(true)
  expect(await suspend(link)).toMatchObject({ kind: 'done', link: { remote: link.remote } })
  expect([isSuspended(link.remote), isSuspended(victim)]).toEqual([true, false])
})

test('nor is that one where the Users API does it instead', async () => {
  const { link, victim } = await renamedToAnother()
  server.provisioning(false)
  expect(await suspend(link)).toMatchObject({ kind: 'done', link: { remote: link.remote } })
  expect([isSuspended(link.remote), isSuspended(victim)]).toEqual([true, false])
})

test('where the Users API spells the id otherwise and finds it only so, that is whom it lists', async () => {
  const { link } = await somebody()
  server.holdBack(true)
  server.fail({ path: `/users/${link.remote}`, what: 'status', status: 404, times: 9 })
  expect(await suspend(link)).toMatchObject({ kind: 'done', link: { remote: link.remote } })
  expect(isSuspended(link.remote)).toBe(true)
})

test('with ids of its own, who has the address is meant', async () => {
  const { link } = await somebody()
  server.ownIds(true)
  server.holdBack(true)
  expect(await suspend(link)).toMatchObject({ kind: 'done', link: { remote: link.remote } })
  expect(isSuspended(link.remote)).toBe(true)
})

test('with ids of its own, two people with the two addresses prove nothing, and neither is touched', async () => {
  const { email, link } = await somebody()
  const moved = documentOf(fresh(), false)
  await plain.deliverUser(stepOf({ ...moved, active: true }, link), wayOut())
  const { id } = server.add({ email, isSuspended: true })
  server.ownIds(true)
  server.holdBack(true)
  expect(await verified.deliverUser(stepOf(moved, link, { uncertain: true }), wayOut())).toMatchObject({
    kind: 'later',
    whose: 'resource',
    words: expect.stringMatching(/several people/),
  })
  expect([isSuspended(link.remote), isSuspended(id)]).toEqual([false, true])
})

test('with ids of its own, who has nothing but the new address proves nothing', async () => {
  const { link } = await somebody()
  server.ownIds(true)
  const moved = documentOf(fresh(), false)
  expect(await verified.deliverUser(stepOf(moved, link), wayOut())).toMatchObject({
    kind: 'later',
    whose: 'resource',
    words: expect.stringMatching(/who has the new address there has another id/),
  })
  expect(server.asked().filter(({ path }) => path.endsWith(':suspend'))).toEqual([])
})
