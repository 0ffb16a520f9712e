import { createApp, createSweep } from './app.ts'
import { catalogOf, readConfig } from './config.ts'
import type { LogEntry, Parts } from './context.ts'
import { answerError, describeError } from './routes/answer.ts'
import { openDatabase } from './store/database.ts'

// Read as the Worker starts, so that a faulty schemas.json is refused when it is deployed and not with each request.
catalogOf()

type Served = {
  readonly app: ReturnType<typeof createApp>
  readonly sweep: ReturnType<typeof createSweep>
}

/** One app for each environment: Cloudflare hands an isolate the same object with every request. */
const apps = new WeakMap<object, Served>()

/** How long what is written after an answer may take, in milliseconds: each try, and all of them. Workers wait 30 s after it. */
const AFTERWARDS = { timeout: 4_000, deadline: 8_000 }

const log = (entry: LogEntry) => console.log(JSON.stringify(entry))

function served(env: object): Served {
  const known = apps.get(env)
  if (known !== undefined) return known
  const config = readConfig(env)
  const parts: Parts = {
    config,
    now: () => new Date(),
    newId: () => crypto.randomUUID(),
    log,
    openDatabase: (use) => openDatabase({ ...config.database, ...(use === 'afterwards' ? AFTERWARDS : {}) }),
    rateLimit: limitOf(env, 'RATE_LIMIT'),
    guessLimit: limitOf(env, 'GUESS_LIMIT'),
  }
  const made = { app: createApp(parts), sweep: createSweep(parts) }
  apps.set(env, made)
  return made
}

/** A rate-limit binding, where there is one: none under `npm run dev` and in benches. */
function limitOf(env: object, name: string): ((key: string) => Promise<boolean>) | undefined {
  const binding: unknown = Reflect.get(env, name)
  if (!isRateLimit(binding)) return undefined
  return async (key) => (await binding.limit({ key })).success
}

function isRateLimit(binding: unknown): binding is RateLimit {
  return (
    typeof binding === 'object' &&
    binding !== null &&
    'limit' in binding &&
    typeof binding.limit === 'function'
  )
}

export default {
  async fetch(request, env: object, context): Promise<Response> {
    try {
      const answer = served(env).app.fetch(request, env, context)
      // Whoever asked may go away: what has begun is brought to its end all the same.
      context.waitUntil(Promise.resolve(answer).catch(() => undefined))
      return await answer
    } catch (error) {
      // Only what goes wrong before the app stands comes here: settings above all.
      const id = crypto.randomUUID()
      log({ level: 'error', message: 'start', request: id, ...describeError(error) })
      return answerError(error, id)
    }
  },

  /** Cron: brings to the targets what is due. A fault is logged, and the next run goes on where this one ended. */
  async scheduled(_controller, env: object): Promise<void> {
    try {
      await served(env).sweep()
    } catch (error) {
      log({ level: 'error', message: 'sweep', ...describeError(error) })
    }
  },
} satisfies ExportedHandler<object>
