/// <reference types="vite/types/importMeta.d.ts" />
import { test } from 'vitest'
import { listQuirks } from '../../worker/store/connections.ts'
import { call, connect, database } from '../worker.ts'
import { readExchanges } from './exchange.ts'
import { replay } from './replay.ts'

const files = import.meta.glob('./*/**/*.json', { eager: true, import: 'default' })

for (const exchange of readExchanges(files)) {
  test(`${exchange.name}: ${exchange.title}`, { timeout: 60_000 }, async () => {
    const { id, token } = await connect()
    const quirks = async () => (await listQuirks(database(), id)).map(({ name }) => name)
    await replay(exchange, { origin: 'https://bridge.test', token, call, quirks })
  })
}
