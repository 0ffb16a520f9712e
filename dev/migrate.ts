import { createClient } from '@libsql/client/http'
import { drizzle } from 'drizzle-orm/libsql/http'
import { migrate } from 'drizzle-orm/libsql/migrator'
import { fileURLToPath } from 'node:url'

/**
 * Takes where the database is; brings its tables up to date with migrations/. Safe to repeat. Throws what libSQL says.
 * It takes no lock: run one at a time for a database.
 */
export async function migrateDatabase(options: { url: string; authToken?: string }): Promise<void> {
  const client = createClient(options)
  try {
    await migrate(drizzle(client), {
      migrationsFolder: fileURLToPath(new URL('../migrations', import.meta.url).href),
    })
  } finally {
    client.close()
  }
}
