/** A host for commands that keeps what they print and starts nothing. */
import { checkFile } from '../../../core/cli/check.ts'
import type { AdminAnswer, CliHost, Tool } from '../../../core/cli/host.ts'
import { loadConfig } from '../../../core/config/load.ts'
import { factsOf } from '../../../core/worker/config-facts.ts'
import type { Inspection } from '../../../core/worker/inspection.ts'
import type { SuperviseOptions } from '../../../core/worker/supervise.ts'
import { sampleRegistry } from '../config/sample-plugins.ts'

export class FakeHost implements CliHost {
  program = 'weir'
  readonly watched: boolean
  readonly coloured: boolean = false
  columns: number | undefined = undefined
  readonly nodeVersion = '26.0.0'
  readonly files: Readonly<Record<string, string>>
  printed = ''
  told = ''
  /** What was started, in order. */
  readonly started: string[] = []
  supervised: SuperviseOptions | undefined = undefined
  /** What running the proxy answers. */
  exitCode = 0

  constructor(files: Readonly<Record<string, string>> = {}, watched = false) {
    this.files = files
    this.watched = watched
  }

  out(text: string): void {
    this.printed += text
  }

  err(text: string): void {
    this.told += text
  }

  heldBytes(): number {
    return process.memoryUsage().arrayBuffers
  }

  nowMs(): number {
    return performance.now()
  }

  async loadPlugins() {
    return sampleRegistry().registry
  }

  async readFile(path: string) {
    const text = this.files[path]
    if (text === undefined) return { kind: 'problem', text: 'there is no such file' } as const
    return { kind: 'text', text } as const
  }

  startAnew(): void {
    this.started.push('anew')
  }

  async inspect(file: string): Promise<Inspection> {
    const { text, problems } = await checkFile(file, await this.loadPlugins(), this)
    const { config } = loadConfig(text, file)
    if (config === undefined || problems.length > 0) return { kind: 'invalid', file, text, problems }
    return { kind: 'valid', file, text, facts: factsOf(config, file) }
  }

  async supervise(options: SuperviseOptions): Promise<number> {
    this.supervised = options
    this.started.push('proxy')
    return this.exitCode
  }

  /** What the admin API answers, and what it was asked. */
  adminAnswer: AdminAnswer = { status: 200, body: { plugins: [] } }
  readonly asked: string[] = []

  async askAdmin(address: string, method: 'GET' | 'POST', path: string, body = ''): Promise<AdminAnswer> {
    this.asked.push(`${method} ${address} ${path} ${body}`.trimEnd())
    return this.adminAnswer
  }

  /** What a tool of the machine answers. */
  async runTool(_tool: Tool): Promise<{ readonly code: number | undefined; readonly text: string }> {
    return { code: undefined, text: 'there are no tools here' }
  }

  startBeside(script: URL, args: readonly string[]): () => Promise<void> {
    this.started.push(`${script.pathname.split('/').slice(-3).join('/')} ${args.join(' ')}`)
    return async () => void this.started.push('demo stopped')
  }
}
