import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'turso',
  schema: ['./worker/store/tables.ts', './worker/store/adminTables.ts'],
  out: './migrations',
})
