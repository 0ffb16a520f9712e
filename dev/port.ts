/** Servers on this machine: a port that is free, and a server process of ours from its start to its end. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { basename } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

/** How a process ended, and whether `stop` or `kill` had asked for it. */
export type End = { asked: boolean; how: string }

/** A line a process has written. */
export type OnLine = (line: string, stream: 'stdout' | 'stderr') => void

/** A process that runs. `exited` settles once, however it ends; `stop` and `kill` return when it is gone. */
export type Process = {
  pid: number
  exited: Promise<End>
  stop: () => Promise<void>
  kill: () => Promise<void>
}

type Start = {
  /** What it is called in messages. */
  name: string
  command: string
  args: string[]
  env: NodeJS.ProcessEnv
  /** Returns when the process can be used; gives up when the signal aborts. Throws what is wrong. */
  ready: (child: ChildProcess, signal: AbortSignal) => Promise<void>
  /** Gets what the process writes once it is ready. Without it the output is dropped. */
  onLine?: OnLine | undefined
  /** Clears up after the process, before `exited` settles and `stop` returns. Must not throw. */
  ended?: () => Promise<void>
}

const startTime = 15_000
const stopTime = 3_000
const running = new Set<Process>()

/**
 * Takes a port number, or nothing for any port, and gives that number when nobody listens there on 127.0.0.1.
 * Throws an Error that names the port when it is taken or not allowed.
 */
export function freePort(wanted = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be opened (${error.code})`
      reject(new Error(`Port ${wanted} ${why}. Set PORT to another one.`))
    })
    server.listen({ host: '127.0.0.1', port: wanted, exclusive: true }, () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : wanted
      server.close(() => resolve(port))
    })
  })
}

/**
 * Starts a process and returns it when it is ready. It has a session of its own, so that a terminal's Ctrl-C
 * reaches only us and we stop our processes in order, and it is killed when we end without stopping it.
 * Throws an Error with the first line it wrote when it ends, or is not ready, before its time.
 */
export async function startProcess(options: Start): Promise<Process> {
  const stdio = ['ignore' as const, 'pipe' as const, 'pipe' as const, 'pipe' as const]
  const child = spawn(options.command, options.args, { env: options.env, detached: true, stdio })
  let asked = false
  const exited = new Promise<End>((resolve) => {
    child.once('error', (error) => resolve({ asked, how: error.message }))
    child.once('close', (code, signal) => resolve({ asked, how: signal ?? `exit code ${code}` }))
  }).then(async (how) => {
    await options.ended?.()
    return how
  })
  const end = async (grace: number): Promise<void> => {
    asked = true
    if (grace > 0) child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), grace)
    await exited
    clearTimeout(late)
  }
  const pid = child.pid ?? 0
  const started: Process = { pid, exited, stop: () => end(stopTime), kill: () => end(0) }
  running.add(started)
  const release = pid === 0 ? () => {} : leash(pid)
  void exited.then(release).then(() => running.delete(started))

  const early: Parameters<OnLine>[] = []
  let pass: OnLine = (...line) => early.push(line)
  for (const stream of ['stdout', 'stderr'] as const) {
    const input = child[stream]
    if (input !== null) createInterface({ input }).on('line', (line) => pass(line, stream))
  }

  const waiting = new AbortController()
  try {
    await Promise.race([
      options.ready(child, waiting.signal),
      exited.then(({ how }) => Promise.reject(new Error(`it ended (${how})`))),
      delay(startTime, undefined, { signal: waiting.signal }).then(() =>
        Promise.reject(new Error('no answer')),
      ),
    ])
  } catch (error) {
    await end(0)
    const [line] = early.find(([text]) => text.trim() !== '') ?? []
    const why = line ?? (error instanceof Error ? error.message : String(error))
    throw new Error(`${options.name} did not start: ${why}`, { cause: error })
  } finally {
    waiting.abort()
  }
  for (const line of early) options.onLine?.(...line)
  pass = options.onLine ?? (() => {})
  return started
}

/** Says of a process what its program is called and which process is its parent; nothing of one that is gone. */
export async function lookUp(pid: number): Promise<{ program: string; parent: number } | undefined> {
  const [text, pattern] =
    process.platform === 'linux'
      ? [readFile(`/proc/${pid}/stat`, 'utf8'), /^\d+ \((?<program>.*)\) (?<state>\S) (?<parent>\d+) /su]
      : [ps(pid), /^\s*(?<state>\S)\S*\s+(?<parent>\d+)\s+(?<program>\S.*\S)\s*$/u]
  const found = pattern.exec(await text.catch(() => ''))?.groups
  if (found === undefined || found['state'] === 'Z') return undefined
  return { program: basename(found['program'] ?? ''), parent: Number(found['parent']) }
}

/** Gives the command line of a process, its words with a space between; nothing of one that is gone. */
export async function commandLine(pid: number): Promise<string> {
  const text =
    process.platform === 'linux'
      ? readFile(`/proc/${pid}/cmdline`, 'utf8')
      : promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).then(({ stdout }) => stdout)
  return (await text.catch(() => '')).replaceAll('\0', ' ').trim()
}

/** Stops every process that was started here and still runs, the newest first; those still starting too. */
export async function stopAll(): Promise<void> {
  for (const started of [...running].toReversed()) await started.stop()
}

async function ps(pid: number): Promise<string> {
  return (await promisify(execFile)('ps', ['-o', 'state=,ppid=,comm=', '-p', String(pid)])).stdout
}

/**
 * Holds a process to our life: a small shell waits on a pipe whose other end only we have. A line releases it;
 * when the pipe closes without one, we are gone (killed, crashed), and the shell kills the process.
 */
function leash(pid: number): () => void {
  const shell = spawn('/bin/sh', ['-c', 'read -r _ || kill -KILL "$0"', String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  shell.once('error', () => {})
  shell.stdin.once('error', () => {})
  shell.unref()
  return () => shell.stdin.end('\n')
}
