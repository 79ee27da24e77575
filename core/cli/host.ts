/** CliHost: what commands may do to the world. `main.ts` gives the real one, tests their own. */

import type { FileText } from '../config/read.ts'
import type { Registry } from '../plugin/registry.ts'
import type { Inspection } from '../worker/inspection.ts'
import type { SuperviseOptions } from '../worker/supervise.ts'

/** A program of the machine, such as a compiler. */
export interface Tool {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  /** Beside what the environment holds anyway. */
  readonly env?: Readonly<Record<string, string>>
}

/** What the admin API says; `body` is parsed JSON, or nothing. */
export interface AdminAnswer {
  readonly status: number
  readonly body: unknown
}

export interface CliHost {
  /** What people type to reach these commands, such as `npx weir`. */
  readonly program: string
  /** What programs read: standard output. */
  out(text: string): void
  /** What people read: standard error. */
  err(text: string): void
  /** Whether a person watches standard error. */
  readonly watched: boolean
  /** Whether a person watches standard output, and sees colours there. */
  readonly coloured: boolean
  /** Letters in a line of the terminal that standard output is; `undefined` where it is none. */
  readonly columns: number | undefined
  /** Monotonic milliseconds, as exact as the machine has them. */
  nowMs(): number
  /** Bytes that the process holds outside of its heap. */
  heldBytes(): number
  /** The version of Node, without its `v`. */
  readonly nodeVersion: string
  /** The filters and codecs there are. */
  loadPlugins(): Promise<Registry>
  /** The text of a file, or why there is none. */
  readFile(path: string): Promise<FileText>
  /** Reads and validates a configuration, away from the main thread; `pluginsDir` is where plugins are if it does not say. */
  inspect(file: string, pluginsDir?: string): Promise<Inspection>
  /**
   * Starts this very command anew in the same process when its code had to be compiled, and does not come back then. Nothing may
   * have been opened or started.
   */
  startAnew(): void
  /** Runs the proxy until it is asked to stop; answers the exit code. */
  supervise(options: SuperviseOptions): Promise<number>
  /** Asks the admin API of a weir that runs; rejects with a sentence when nobody answers. */
  askAdmin(address: string, method: 'GET' | 'POST', path: string, body?: string): Promise<AdminAnswer>
  /** Starts another program of the checkout beside this one; answers how to stop it. `quiet`: what it prints goes nowhere. */
  startBeside(script: URL, args: readonly string[], quiet?: boolean): () => Promise<void>
  /** Runs a program to its end and answers what it printed; no code when there is no such program. */
  runTool(tool: Tool): Promise<{ readonly code: number | undefined; readonly text: string }>
}
