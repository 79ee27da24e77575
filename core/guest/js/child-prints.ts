/**
 * ChildPrints: what a plugin's process prints, which well-behaved ones do not. So much of it is told in a second; beyond
 * that it is not read, so that the process waits, and nobody here works for it.
 */
import type { ChildProcess } from 'node:child_process'
import { Socket } from 'node:net'

const SECOND_MS = 1_000

export class ChildPrints {
  readonly #running: ChildProcess
  readonly #bytesPerSecond: number
  readonly #printed: (text: string) => void
  /** In this second. */
  #bytes = 0

  constructor(running: ChildProcess, bytesPerSecond: number, printed: (text: string) => void) {
    this.#running = running
    this.#bytesPerSecond = bytesPerSecond
    this.#printed = printed
    for (const stream of [running.stdout, running.stderr]) {
      stream?.on('data', (bytes: Buffer) => this.#print(bytes))
      stream?.on('error', () => undefined)
      if (stream instanceof Socket) stream.unref()
    }
  }

  #print(bytes: Buffer): void {
    const room = this.#bytesPerSecond - this.#bytes
    if (this.#bytes === 0) setTimeout(() => this.#readOn(), SECOND_MS).unref()
    this.#bytes += bytes.length
    if (room > 0) this.#printed(bytes.toString('utf8', 0, Math.min(room, bytes.length)))
    if (bytes.length < room) return
    this.#running.stdout?.pause()
    this.#running.stderr?.pause()
  }

  #readOn(): void {
    this.#bytes = 0
    this.#running.stdout?.resume()
    this.#running.stderr?.resume()
  }
}
