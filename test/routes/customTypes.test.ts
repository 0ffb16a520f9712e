import { expect, test } from 'vitest'
import { at, bridge, idOf } from '../bridge.ts'
import { custom, DEVICE, TEST_USER, WARRANTY } from '../custom.ts'

test('what is declared is shown at /ResourceTypes and /Schemas', async () => {
  const to = await bridge({ custom })
  const types = await to.send('GET', '/ResourceTypes')
  console.log(JSON.stringify(types.body))
  const s = await to.send('GET', `/Schemas/${TEST_USER}`)
  console.log(JSON.stringify(s.body))
  const d = await to.send('POST', '/Devices', {
    displayName: 'd',
    [WARRANTY]: { until: '2030-01-01T00:00:00Z' },
  })
  console.log(JSON.stringify(d.body))
  const u = await to.send('POST', '/Users', {
    userName: 'd',
    [TEST_USER]: { number: 1, serial: '2', secret: 'x' },
  })
  console.log(JSON.stringify(u.body))
  expect(at((await to.send('GET', `/Devices/${idOf(d)}`)).body, 'id')).toBe(idOf(d))
  expect(DEVICE).toBe(DEVICE)
})
