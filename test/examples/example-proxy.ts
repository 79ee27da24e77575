/**
 * ExampleProxy: an example's configuration run for real. The two demo services listen on ports the system chooses,
 * and so do the listener and the admin API: the ports in the text are replaced, nothing else.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Call, type CallOutcome, DemoClient } from '../../examples/demo/client.ts'
import { type DemoService, startService } from '../../examples/demo/service.ts'
import { PATIENCE_MS } from '../support/eventually.ts'
import { serving } from '../support/serving.ts'

export class ExampleProxy {
  readonly client: DemoClient
  readonly listenPort: number
  readonly adminPort: number
  /** A folder of this run alone; `/tmp/` in the configuration becomes it. */
  readonly dir: string
  readonly #child: ChildProcess
  readonly #services: readonly DemoService[]

  private constructor(started: {
    listenPort: number
    adminPort: number
    dir: string
    child: ChildProcess
    services: readonly DemoService[]
  }) {
    this.client = new DemoClient('127.0.0.1', started.listenPort, PATIENCE_MS)
    this.listenPort = started.listenPort
    this.adminPort = started.adminPort
    this.dir = started.dir
    this.#child = started.child
    this.#services = started.services
  }

  /** `changed` has the texts that stand in place of others in the configuration, beside the addresses. */
  static async start(file: string, changed: Readonly<Record<string, string>> = {}): Promise<ExampleProxy> {
    const services = [await startService(0, 'service 20881'), await startService(0, 'service 20882')]
    const dir = mkdtempSync(join(tmpdir(), 'weir-example-'))
    const ours = readFileSync(file, 'utf8')
      .replaceAll('127.0.0.1:20880', '127.0.0.1:0')
      .replaceAll('127.0.0.1:9901', '127.0.0.1:0')
      .replaceAll('127.0.0.1:20881', `127.0.0.1:${services[0]?.port}`)
      .replaceAll('127.0.0.1:20882', `127.0.0.1:${services[1]?.port}`)
      .replaceAll('/tmp/', `${dir}/`)
    const text = Object.entries(changed).reduce((before, [from, to]) => before.replaceAll(from, to), ours)
    const config = join(dir, 'weir.yaml')
    writeFileSync(config, text)
    const args = ['core/cli/main.ts', 'run', '-c', config, '--workers', '1']
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    try {
      const { ports, adminPort } = await serving(child)
      return new ExampleProxy({ listenPort: Object.values(ports)[0] ?? 0, adminPort, dir, child, services })
    } catch (error) {
      child.kill('SIGKILL')
      await Promise.all(services.map((service) => service.close()))
      rmSync(dir, { recursive: true, force: true })
      throw error
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** The text of the answer; an error says so in front. */
  async ask(call: Call): Promise<string> {
    const outcome = await this.client.call(call)
    return outcome.kind === 'value' ? outcome.text : `${outcome.kind}: ${outcome.text}`
  }

  /** The same call several times at once. */
  askMany(call: Call, times: number): Promise<CallOutcome[]> {
    return Promise.all(Array.from({ length: times }, () => this.client.call(call)))
  }

  async stop(): Promise<void> {
    this.client.close()
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit')
      this.#child.kill('SIGTERM')
      await exited
    }
    await Promise.all(this.#services.map((service) => service.close()))
    rmSync(this.dir, { recursive: true, force: true })
  }
}
