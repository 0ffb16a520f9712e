import type { Service } from './workerd.ts'

/** A Worker to configure, and the name of another that it calls. */
type Configured = Service & { readonly worker?: string }

/** Takes a Worker with a cron handler; gives one that runs the handler whenever it is called. */
export function tickerOf({ name, compatibilityDate }: Service): Configured {
  const code = `export default { async fetch(_, env) {
    return Response.json(await env.WORKER.scheduled({ cron: '* * * * *', scheduledTime: new Date() }))
  } }`
  const compatibilityFlags = ['service_binding_extra_handlers']
  return { name: `${name} cron`, code, compatibilityDate, compatibilityFlags, worker: name }
}

/** Takes Workers; gives a configuration in workerd's own language: https://github.com/cloudflare/workerd, src/workerd/server/workerd.capnp */
export function configuration(services: readonly Configured[]): string {
  const workers = services.map(
    ({ name, code, compatibilityDate, compatibilityFlags = [], bindings = {}, worker }) => {
      const texts = Object.entries(bindings).map(
        ([key, value]) => `(name = ${quote(key)}, text = ${quote(value)})`,
      )
      const bound = worker === undefined ? [] : [`(name = "WORKER", service = ${quote(worker)})`]
      return `(name = ${quote(name)}, worker = (
      modules = [(name = "index.js", esModule = ${quote(code)})],
      compatibilityDate = ${quote(compatibilityDate)},
      compatibilityFlags = [${compatibilityFlags.map(quote).join(', ')}],
      bindings = [${[...texts, ...bound].join(', ')}],
    ))`
    },
  )
  const sockets = services.map(({ name, port = 0 }) => {
    return `(name = ${quote(name)}, address = "127.0.0.1:${port}", http = (), service = ${quote(name)})`
  })
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
    ${workers.join(',\n')}
  ],
  sockets = [${sockets.join(', ')}],
);
`
}

/** Cap'n Proto text: a string of bytes, all but the plain characters as \xHH. */
function quote(text: string): string {
  return `"${text.replaceAll(/[^ !#-[\]-~]+/gu, (found) => Buffer.from(found).toString('hex').replaceAll(/../gu, '\\x$&'))}"`
}
