/**
 * Starts and drives the real Dubbo programs that setup.sh builds: Java 2.7, Java 3.3 and Go, each as provider and as
 * caller. A peer is a child process that speaks JSON lines; operations run side by side and are answered by id.
 * It knows nothing of the proxy: a caller is told an address, whoever listens there.
 */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** What is waited for until it is held not to come; JVMs take their time on a machine that is busy. */
export const PATIENCE_MS = 240_000
/** Of a call, unless a test says otherwise. */
const CALL_TIMEOUT_MS = 30_000
const CLOSE_TIMEOUT_MS = 2_000
const STDERR_LINES_MAX = 200

/** Small heaps and a quick start; the flag is what 2.7 needs on Java 17. */
const JAVA_FLAGS = [
  '-Xmx128m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Djava.net.preferIPv4Stack=true',
  '--add-opens=java.base/java.lang=ALL-UNNAMED',
]

export const PEER_KINDS = ['java27', 'java33', 'go'] as const
export type PeerKind = (typeof PEER_KINDS)[number]

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

/** What a provider is started with. Only a name and a port are needed, and both have defaults. */
export interface ProviderOptions {
  /** What whoAmI answers and served-by carries. Default: the kind. */
  readonly name?: string
  /** Default: a free one. A restarted provider wants the port it had. */
  readonly port?: number
  readonly version?: string
  readonly group?: string
  /** Java only, for example fastjson2. */
  readonly serialization?: string
  readonly heartbeatMs?: number
  /** Java only: how long stop and SIGTERM may take. Default: the SDK's 10 s. */
  readonly shutdownWaitMs?: number
}

export interface ConnectOptions {
  /** A caller may hold several connections. Default: main. */
  readonly on?: string
  /** Of each call. Default: 30,000. */
  readonly timeoutMs?: number
  /** Default: 0, so that a failure is seen once and at once. */
  readonly retries?: number
  readonly heartbeatMs?: number
  /** Java only, for example fastjson2. */
  readonly serialization?: string
  readonly version?: string
  readonly group?: string
  /** Go only: how many TCP connections its pool grows to. Default: 16. */
  readonly connections?: number
}

export interface CallOptions {
  readonly on?: string
  /** Strings travel as strings, whole numbers as ints. */
  readonly attachments?: JsonObject
  /** Travels as the attachment timeout, and bounds the caller's wait. */
  readonly timeoutMs?: number
  /** The method log is one-way without being told. */
  readonly oneway?: boolean
  /** Java only: the call is made through the asynchronous API of the SDK. */
  readonly async?: boolean
  /** A call of $invoke, the way a caller without the interface makes it. */
  readonly generic?: boolean
}

export interface Answer {
  readonly ok: true
  readonly value: Json
  readonly attachments: JsonObject
  readonly ms: number
}

/** What the caller's code saw thrown: its class, and what RpcException and PeerException carry beside the message. */
export interface Failure {
  readonly ok: false
  /** A Java class name, or error for a Go error without one. */
  readonly class: string
  /** Of RpcException: 1 network, 2 timeout, 4 forbidden, 6 no provider, 7 limit. */
  readonly code?: number
  readonly reason?: number
  readonly message: string
  readonly cause?: string
  readonly attachments?: JsonObject
  readonly ms: number
}

export type Outcome = Answer | Failure

export interface BurstOptions {
  readonly on?: string
  readonly count?: number
  readonly concurrency?: number
  /** Ends the burst before its count is reached. */
  readonly durationMs?: number
  readonly timeoutMs?: number
  /** Between two calls of one thread. */
  readonly pauseMs?: number
}

/** The calls of a burst by outcome. Wrong counts answers that were some other call's. */
export interface BurstReport {
  readonly sent: number
  readonly ok: number
  readonly wrong: number
  /** By class, and for RpcException by class#code. */
  readonly failed: { readonly [kind: string]: number }
  readonly messages: readonly string[]
  readonly ms: number
  readonly p50Us: number
  readonly p99Us: number
  readonly maxUs: number
}

export interface ProviderStats {
  readonly name: string
  readonly calls: number
  readonly byMethod: { readonly [method: string]: number }
  /** Distinct arguments of nonce, and how often it saw one again. */
  readonly nonces: number
  readonly repeated: number
  /** What log received. */
  readonly received: readonly string[]
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

interface Waiting {
  readonly resolve: (line: string) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/** One child process. Whoever starts it closes it; it ends on its own when the test process does. */
class Peer {
  readonly kind: PeerKind
  /** Settles when the process is gone, however it went. */
  readonly exited: Promise<Exit>
  readonly #child: ChildProcessWithoutNullStreams
  readonly #ready: Promise<void>
  readonly #waiting = new Map<number, Waiting>()
  readonly #stderr: string[] = []
  #nextId = 1

  constructor(kind: PeerKind, command: readonly string[]) {
    this.kind = kind
    this.#child = spawn(command[0] ?? '', command.slice(1))
    const { promise: ready, resolve, reject } = Promise.withResolvers<void>()
    this.#ready = ready
    this.exited = this.#watchExit(reject)
    createInterface(this.#child.stderr).on('line', (line) => this.#keepStderr(line))
    createInterface(this.#child.stdout).on('line', (line) => {
      if (line.startsWith('{"ready"') || line.includes('"ready":true')) resolve()
      else this.#settle(line)
    })
    // A peer that was killed takes no more lines; its operations fail by its exit.
    this.#child.stdin.on('error', () => {})
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Resolves when the program has said it is ready; rejects when it dies before, or takes too long. */
  async ready(): Promise<void> {
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(this.#error('was not ready in time')), PATIENCE_MS)
    try {
      await Promise.race([this.#ready, late])
    } catch (error) {
      this.kill()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  /** The last lines the program wrote to stderr, where the SDKs log. */
  stderr(): string {
    return this.#stderr.join('\n')
  }

  /** SIGKILL is the peer that vanishes; SIGTERM is the SDK's own shutdown. */
  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.#child.kill(signal)
  }

  /** Ends the program at once, without the shutdown of the SDK. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.kill(), CLOSE_TIMEOUT_MS)
    this.#child.stdin.end(`${JSON.stringify({ id: 0, op: 'quit' })}\n`)
    await this.exited
    clearTimeout(timer)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Sends one operation and waits for the line that answers it. */
  protected request(op: string, fields: object, timeoutMs = PATIENCE_MS): Promise<string> {
    const id = this.#nextId++
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const timer = setTimeout(() => {
      this.#waiting.delete(id)
      reject(this.#error(`did not answer ${op} within ${timeoutMs} ms`))
    }, timeoutMs)
    this.#waiting.set(id, { resolve, reject, timer })
    this.#child.stdin.write(`${JSON.stringify({ ...fields, id, op })}\n`)
    return promise
  }

  #settle(line: string): void {
    const reply: { readonly id: number } = JSON.parse(line)
    const waiting = this.#waiting.get(reply.id)
    if (waiting === undefined) return
    this.#waiting.delete(reply.id)
    clearTimeout(waiting.timer)
    waiting.resolve(line)
  }

  async #watchExit(rejectReady: (error: Error) => void): Promise<Exit> {
    const { promise, resolve } = Promise.withResolvers<Exit>()
    this.#child.once('error', (error) => {
      this.#keepStderr(String(error))
      resolve({ code: null, signal: null })
    })
    this.#child.once('close', (code, signal) => resolve({ code, signal }))
    const exit = await promise
    const error = this.#error(`ended with ${exit.signal ?? exit.code}`)
    rejectReady(error)
    for (const waiting of this.#waiting.values()) {
      clearTimeout(waiting.timer)
      waiting.reject(error)
    }
    this.#waiting.clear()
    return exit
  }

  #keepStderr(line: string): void {
    this.#stderr.push(line)
    if (this.#stderr.length > STDERR_LINES_MAX) this.#stderr.shift()
  }

  #error(what: string): Error {
    return new Error(`${this.kind} peer ${what}\n${this.stderr()}`)
  }
}

/** A program that serves weir.interop.PeerService on a port. */
export class Provider extends Peer {
  readonly port: number
  readonly name: string

  constructor(kind: PeerKind, command: readonly string[], options: { port: number; name: string }) {
    super(kind, command)
    this.port = options.port
    this.name = options.name
  }

  get url(): string {
    return `dubbo://127.0.0.1:${this.port}`
  }

  async stats(): Promise<ProviderStats> {
    const reply: { readonly value: ProviderStats } = JSON.parse(await this.request('stats', {}))
    return reply.value
  }

  /** Forgets what was counted and received. */
  async reset(): Promise<void> {
    await this.request('reset', {})
  }

  /** Starts the SDK's own shutdown and returns; await exited for its end. */
  async stop(): Promise<void> {
    await this.request('stop', {})
  }
}

/** A program that calls weir.interop.PeerService. */
export class Caller extends Peer {
  /** The url is dubbo://host:port. Connecting again under a name replaces what it stood for. */
  async connect(url: string, options: ConnectOptions = {}): Promise<void> {
    const reply: Outcome = JSON.parse(
      await this.request('connect', { timeoutMs: CALL_TIMEOUT_MS, ...options, url }),
    )
    if (!reply.ok) throw new Error(`${this.kind} caller could not connect to ${url}: ${reply.message}`)
  }

  /** A Go caller closes all of its connections, whatever their names. */
  async disconnect(on = 'main'): Promise<void> {
    await this.request('disconnect', { on })
  }

  /** Never rejects for what the call came to: a thrown exception is an outcome. */
  async call(method: string, args: readonly Json[] = [], options: CallOptions = {}): Promise<Outcome> {
    return JSON.parse(await this.request('call', { ...this.#patience(), ...options, method, args }))
  }

  /** What dubbo-go waits is three seconds whatever its reference says, unless the call itself says something else. */
  #patience(): { readonly timeoutMs?: number } {
    return this.kind === 'go' ? { timeoutMs: CALL_TIMEOUT_MS } : {}
  }

  /** Calls nonce again and again, each time with an argument of its own that has to come back. */
  async burst(options: BurstOptions): Promise<BurstReport> {
    const timeoutMs = (options.durationMs ?? 0) + 2 * PATIENCE_MS
    const reply: { readonly value: BurstReport } | Failure = JSON.parse(
      await this.request('burst', { ...this.#patience(), ...options }, timeoutMs),
    )
    if (!('value' in reply)) throw new Error(`${this.kind} caller could not burst: ${reply.message}`)
    return reply.value
  }
}

/** Starts a provider and waits until it serves. */
export async function startProvider(kind: PeerKind, options: ProviderOptions = {}): Promise<Provider> {
  const full = { ...options, name: options.name ?? kind, port: options.port ?? (await freePort()) }
  const provider = new Provider(kind, await command(kind, 'provider', [JSON.stringify(full)]), full)
  await provider.ready()
  return provider
}

/** Starts a caller; it has no connection yet. */
export async function startCaller(kind: PeerKind): Promise<Caller> {
  const caller = new Caller(kind, await command(kind, 'caller', []))
  await caller.ready()
  return caller
}

/** A port that was free a moment ago; the SDKs do not tell which one they chose. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Asks again and again until the check holds, for what happens soon but answers nothing, as one-way calls do. */
export async function eventually<T>(
  ask: () => Promise<T>,
  holds: (value: T) => boolean,
  timeoutMs = PATIENCE_MS,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const value = await ask()
    if (holds(value)) return value
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${JSON.stringify(value)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function command(
  kind: PeerKind,
  role: 'provider' | 'caller',
  args: readonly string[],
): Promise<string[]> {
  const cache = process.env['WEIR_CACHE'] ?? join(import.meta.dirname, '..', '..', '.cache')
  const built: Record<PeerKind, string> = JSON.parse(
    await readFile(join(cache, 'interop', 'peers.json'), 'utf8'),
  )
  if (kind === 'go') return [built.go, role, ...args]
  const main = role === 'provider' ? 'weir.interop.Provider' : 'weir.interop.Caller'
  return ['java', ...JAVA_FLAGS, '-cp', built[kind], main, ...args]
}
