import { createApp } from './app.ts'
import { readConfig } from './config.ts'
import { answerError } from './routes/answer.ts'
import { openDatabase } from './store/database.ts'

type App = ReturnType<typeof createApp>

/** One app for each environment: Cloudflare hands an isolate the same object with every request. */
const apps = new WeakMap<object, App>()

function appOf(env: object): App {
  const known = apps.get(env)
  if (known !== undefined) return known
  const config = readConfig(env)
  const app = createApp({
    config,
    now: () => new Date(),
    newId: () => crypto.randomUUID(),
    log: (entry) => console.log(JSON.stringify(entry)),
    openDatabase: () => openDatabase(config.database),
  })
  apps.set(env, app)
  return app
}

export default {
  async fetch(request, env: object, context): Promise<Response> {
    try {
      return await appOf(env).fetch(request, env, context)
    } catch (error) {
      return answerError(error, 'none')
    }
  },
} satisfies ExportedHandler<object>
