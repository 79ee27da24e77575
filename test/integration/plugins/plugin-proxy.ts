/**
 * PluginProxy: weir as an operator runs it, with a folder of plugins, a demo service behind it and a client before it.
 * Files are dropped into the folder; what comes of them is seen in the answers and in the admin API.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DemoClient } from '../../../examples/demo/client.ts'
import { type DemoService, startService } from '../../../examples/demo/service.ts'
import { eventually, PATIENCE_MS } from '../../support/eventually.ts'

const MAIN = join(import.meta.dirname, '..', '..', '..', 'core', 'cli', 'main.ts')

export interface PluginView {
  readonly name: string
  readonly state: string
  readonly version: string
  readonly hash: string
  readonly listeners: readonly string[]
  readonly lastError: { readonly message: string } | null
  readonly lastFailure: { readonly message: string } | null
  readonly calls: number
  readonly fuelP50: number
  readonly fuelP99: number
  readonly memoryBytes: number
  readonly failures: number
  readonly traps: Readonly<Record<string, number>>
}

export interface PluginProxyOptions {
  /** Further lines of the configuration's `plugins:`, indented by two. */
  readonly plugins?: string
  /** Further lines of the listener, indented by four. */
  readonly listener?: string
  /** The listener's routes. */
  readonly routes?: string
  /** Further clusters, indented by two. */
  readonly clusters?: string
  readonly workers?: number
  /** The port of the endpoint; default: the demo service's. */
  readonly endpoint?: number
  /** Options of Node itself. */
  readonly nodeOptions?: readonly string[]
  /** Files that are in the folder before weir starts. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
}

export class PluginProxy {
  readonly client: DemoClient
  readonly folder: string
  readonly configFile: string
  readonly admin: string
  readonly port: number
  readonly service: DemoService
  readonly log: readonly string[]
  readonly #child: ChildProcess
  readonly #root: string
  readonly #listeners: Readonly<Record<string, string>>

  private constructor(parts: {
    readonly root: string
    readonly child: ChildProcess
    readonly service: DemoService
    readonly log: readonly string[]
    readonly serving: { readonly admin: string; readonly listeners: Readonly<Record<string, string>> }
  }) {
    this.#root = parts.root
    this.#child = parts.child
    this.service = parts.service
    this.log = parts.log
    this.folder = join(parts.root, 'plugins')
    this.configFile = join(parts.root, 'weir.yaml')
    this.admin = parts.serving.admin
    this.#listeners = parts.serving.listeners
    this.port = this.portOf('main')
    this.client = new DemoClient('127.0.0.1', this.port, PATIENCE_MS)
  }

  static async start(options: PluginProxyOptions = {}): Promise<PluginProxy> {
    const service = await startService(0, 'demo')
    const root = mkdtempSync(join(tmpdir(), 'weir-plugins-'))
    mkdirSync(join(root, 'plugins'))
    for (const [name, bytes] of Object.entries(options.files ?? {}))
      writeFileSync(join(root, 'plugins', name), bytes)
    const file = join(root, 'weir.yaml')
    writeFileSync(file, configText(options.endpoint ?? service.port, options))
    const args = [
      ...(options.nodeOptions ?? []),
      MAIN,
      'run',
      '-c',
      file,
      '--workers',
      String(options.workers ?? 1),
    ]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    const log: string[] = []
    const { promise, resolve, reject } = Promise.withResolvers<never>()
    if (child.stderr === null) throw new Error('there is no log')
    createInterface(child.stderr).on('line', (line) => {
      log.push(line)
      if (line.includes('"msg":"weir is serving"')) resolve(JSON.parse(line))
    })
    const late = setTimeout(() => reject(new Error(`weir does not serve:\n${log.join('\n')}`)), PATIENCE_MS)
    child.once('exit', () => reject(new Error(`weir has ended:\n${log.join('\n')}`)))
    try {
      return new PluginProxy({ root, child, service, log, serving: await promise })
    } catch (error) {
      child.kill('SIGKILL')
      await service.close()
      rmSync(root, { recursive: true, force: true })
      throw error
    } finally {
      clearTimeout(late)
    }
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Where a listener of this name takes calls. */
  portOf(listener: string): number {
    return Number(this.#listeners[listener]?.split(':').at(-1))
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Saves a file of the folder. */
  save(name: string, bytes: string | Uint8Array): void {
    writeFileSync(join(this.folder, name), bytes)
  }

  remove(name: string): void {
    rmSync(join(this.folder, name), { force: true })
  }

  configure(options: PluginProxyOptions): void {
    writeFileSync(this.configFile, configText(this.service.port, options))
  }

  /** The answer to a call; an error says so in front. */
  async ask(attachments: Readonly<Record<string, string>> = {}): Promise<string> {
    const outcome = await this.client.call({ method: 'sayHello', argument: 'you', attachments })
    return outcome.kind === 'value' ? outcome.text : `${outcome.kind}: ${outcome.text}`
  }

  /** Calls until an answer holds the text. */
  async askUntil(text: string, attachments: Readonly<Record<string, string>> = {}): Promise<void> {
    let answer = ''
    await eventually(
      async () => {
        answer = await this.ask(attachments)
        return answer.includes(text)
      },
      () => `an answer with "${text}", at last: ${answer}\n${this.log.join('\n')}`,
    )
  }

  async plugins(): Promise<readonly PluginView[]> {
    const { plugins }: { readonly plugins: readonly PluginView[] } = JSON.parse(await this.get('/plugins'))
    return plugins
  }

  /** Waits until the plugin is as wanted. */
  async pluginUntil(name: string, wanted: (view: PluginView | undefined) => boolean): Promise<void> {
    let view: PluginView | undefined
    await eventually(
      async () => {
        view = (await this.plugins()).find((each) => each.name === name)
        return wanted(view)
      },
      () => `the plugin stays ${JSON.stringify(view)}\n${this.log.join('\n')}`,
    )
  }

  async get(path: string): Promise<string> {
    return await (await fetch(`http://${this.admin}${path}`)).text()
  }

  /** The sum of a metric's series. */
  async metric(name: string): Promise<number> {
    const lines = (await this.get('/metrics')).split('\n').filter((line) => line.startsWith(name))
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
  }

  async post(path: string, body = ''): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(`http://${this.admin}${path}`, { method: 'POST', body })
    return { status: response.status, text: await response.text() }
  }

  async stop(): Promise<void> {
    this.client.close()
    if (this.running) {
      const exited = once(this.#child, 'exit')
      this.#child.kill('SIGTERM')
      await exited
    }
    await this.service.close()
    rmSync(this.#root, { recursive: true, force: true })
  }
}

function configText(
  port: number,
  { plugins = '', listener = '', clusters = '', routes }: PluginProxyOptions,
): string {
  return `admin: { address: 127.0.0.1:0 }
plugins:
  dir: ./plugins
${plugins}
listeners:
  - name: main
    address: 127.0.0.1:0
    protocol: dubbo
    routes: ${routes ?? '[{ cluster: demo }]'}
${listener}
clusters:
  - name: demo
    endpoints: [127.0.0.1:${port}]
${clusters}
`
}
