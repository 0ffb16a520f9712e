/// <reference types="vite/types/importMeta.d.ts" />
import { test } from 'vitest'
import { call, connect } from '../worker.ts'
import { readExchanges } from './exchange.ts'
import { replay } from './replay.ts'

const files = import.meta.glob('./*/**/*.json', { eager: true, import: 'default' })

for (const exchange of readExchanges(files)) {
  test(`${exchange.name}: ${exchange.title}`, { timeout: 60_000 }, async () => {
    const { token } = await connect()
    await replay(exchange, { origin: 'https://bridge.test', token, call })
  })
}
