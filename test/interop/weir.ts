/**
 * Starts weir the way an operator does: its command line, a configuration file, signals. What it does is read where
 * an operator reads it: the log on stderr, and the admin API.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Exit, eventually, type Json, type JsonObject, PATIENCE_MS } from './peers.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'core', 'cli', 'main.ts')
const STOP_TIMEOUT_MS = 5_000
const LOG_LINES_MAX = 500

/** What stands in the file; JSON is YAML. Without admin, the system chooses the admin port. */
export type WeirConfig = JsonObject & { readonly listeners: readonly JsonObject[] }

export interface WeirOptions {
  /** Default: 1, so that counts need no merging. */
  readonly workers?: number
  /** Beside one that has the same addresses still. */
  readonly takeOver?: boolean
}

export interface ListenerReport {
  readonly name: string
  readonly address: string
  readonly connections: number
  readonly exchanges: number
  readonly waitingBytes: number
  readonly draining: boolean
}

export interface EndpointReport {
  readonly address: string
  readonly health: string
  readonly connections: number
  readonly requestsActive: number
  readonly requestsTotal: number
  readonly waitingBytes: number
}

export interface ClusterReport {
  readonly name: string
  readonly requestsActive: number
  readonly endpoints: readonly EndpointReport[]
}

interface ReloadAttempt {
  readonly at: string
  readonly problems: readonly string[]
}

interface ServingLine {
  readonly admin: string
  readonly listeners: { readonly [name: string]: string }
}

/** One weir process. Whoever starts it closes it. */
export class Weir {
  /** Settles when the process is gone, however it went. */
  readonly exited: Promise<Exit>
  readonly #child: ChildProcess
  readonly #folder: string
  readonly #serving = Promise.withResolvers<ServingLine>()
  readonly #log: string[] = []
  readonly #killAtExit = () => this.kill()
  #asked = false
  #admin = ''
  #listeners: ServingLine['listeners'] = {}

  private constructor(folder: string, { workers = 1, takeOver = false }: WeirOptions) {
    this.#folder = folder
    const file = join(folder, 'weir.json')
    const args = [MAIN, 'run', file, '--workers', `${workers}`, '--no-watch']
    if (takeOver) args.push('--take-over')
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    const exit = Promise.withResolvers<Exit>()
    this.exited = exit.promise
    this.#child.once('error', () => exit.resolve({ code: null, signal: null }))
    this.#child.once('close', (code, signal) => exit.resolve({ code, signal }))
    if (this.#child.stderr !== null)
      createInterface(this.#child.stderr).on('line', (line) => this.#take(line))
    process.once('exit', this.#killAtExit)
    this.exited.then((how) => this.#serving.reject(this.#error(`ended with ${how.signal ?? how.code}`)))
  }

  /** Starts it and waits until it serves. */
  static start(config: WeirConfig, options: WeirOptions = {}): Promise<Weir> {
    return Weir.run(textOf(config), options)
  }

  /** The same with the text of a file as it is. */
  static async run(text: string, options: WeirOptions = {}): Promise<Weir> {
    const folder = await mkdtemp(join(tmpdir(), 'weir-interop-'))
    await writeFile(join(folder, 'weir.json'), text)
    const weir = new Weir(folder, options)
    const late = setTimeout(() => weir.#serving.reject(weir.#error('does not serve in time')), PATIENCE_MS)
    try {
      const { admin, listeners } = await weir.#serving.promise
      weir.#admin = `http://${admin}`
      weir.#listeners = listeners
      return weir
    } catch (error) {
      await weir.close()
      throw error
    } finally {
      clearTimeout(late)
    }
  }

  /** What a caller is told to reach a listener. */
  url(listener: string): string {
    return `dubbo://127.0.0.1:${this.port(listener)}`
  }

  port(listener: string): number {
    const port = Number(this.#listeners[listener]?.split(':').at(-1))
    if (!(port > 0)) throw this.#error(`has no listener ${listener}`)
    return port
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** The last lines of the log. */
  log(): string {
    return this.#log.join('\n')
  }

  /** A worker that others keep from answering in time has told nothing; then it is asked again. */
  async listener(name: string): Promise<ListenerReport> {
    const found = await eventually(
      async () => {
        const { listeners }: { readonly listeners: readonly ListenerReport[] } = JSON.parse(
          await this.#get('/listeners'),
        )
        return listeners.find((listener) => listener.name === name)
      },
      (report) => report !== undefined,
    )
    return this.#found(found, `listener ${name}`)
  }

  async cluster(name: string): Promise<ClusterReport> {
    const found = await eventually(
      async () => {
        const { clusters }: { readonly clusters: readonly ClusterReport[] } = JSON.parse(
          await this.#get('/clusters'),
        )
        return clusters.find((cluster) => cluster.name === name)
      },
      (report) => report !== undefined,
    )
    return this.#found(found, `cluster ${name}`)
  }

  /** The sum of a metric's series that carry these labels; 0 when there are none. */
  async metric(name: string, labels: { readonly [label: string]: string } = {}): Promise<number> {
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
    return (await this.#get('/metrics'))
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .filter((line) => wanted.every((label) => line.includes(label)))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
  }

  /** Writes a new file, sends the signal, and waits until it has been tried: the problems, none when it is live. */
  async reload(config: WeirConfig): Promise<readonly string[]> {
    const before = await this.#lastAttempt()
    await writeFile(join(this.#folder, 'weir.json'), textOf(config))
    this.#child.kill('SIGHUP')
    const { problems } = await eventually(
      () => this.#lastAttempt(),
      ({ at }) => at !== before.at,
    )
    return problems
  }

  /** Asks it to drain and returns; await exited for its end. */
  drain(): void {
    this.#asked = true
    this.#child.kill('SIGTERM')
  }

  kill(): void {
    this.#asked = true
    this.#child.kill('SIGKILL')
  }

  /** Drains, and kills it when that takes too long. Rejects when it had ended without being asked. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.kill(), STOP_TIMEOUT_MS)
    if (this.running) this.drain()
    const { code, signal } = await this.exited
    clearTimeout(timer)
    process.off('exit', this.#killAtExit)
    await rm(this.#folder, { recursive: true, force: true })
    if (!this.#asked) throw this.#error(`ended by itself with ${signal ?? code}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #lastAttempt(): Promise<ReloadAttempt> {
    const { lastAttempt }: { readonly lastAttempt: ReloadAttempt } = JSON.parse(await this.#get('/config'))
    return lastAttempt
  }

  async #get(path: string): Promise<string> {
    const response = await fetch(`${this.#admin}${path}`)
    const text = await response.text()
    if (!response.ok) throw this.#error(`answers ${response.status} to ${path}: ${text}`)
    return text
  }

  #found<T>(value: T | undefined, what: string): T {
    if (value === undefined) throw this.#error(`reports no ${what}`)
    return value
  }

  #take(line: string): void {
    this.#log.push(line)
    if (this.#log.length > LOG_LINES_MAX) this.#log.shift()
    if (line.includes('"msg":"weir is serving"')) this.#serving.resolve(JSON.parse(line))
  }

  #error(what: string): Error {
    return new Error(`weir ${what}\n${this.log()}`)
  }
}

/** A listener on a port that the system chooses. */
export function listener(name: string, routes: readonly Json[], more: JsonObject = {}): JsonObject {
  return { name, address: '127.0.0.1:0', protocol: 'dubbo', routes, ...more }
}

export function cluster(name: string, ports: readonly number[], more: JsonObject = {}): JsonObject {
  return { name, endpoints: ports.map((port) => `127.0.0.1:${port}`), ...more }
}

function textOf(config: WeirConfig): string {
  return JSON.stringify({ admin: { address: '127.0.0.1:0' }, ...config }, undefined, 2)
}
