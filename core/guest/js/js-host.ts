/**
 * JsHost: keeps a process for one plugin alive. One that ends unasked is followed by the next at once, and by further
 * ones after longer and longer waits while none of them gets anywhere. Its life is that of the module and of the
 * instances that are still open.
 */
import { Duplex } from 'node:stream'
import { abi } from '../../../sdk/abi/abi.ts'
import { errorText } from '../../base/error-text.ts'
import { storeCall, storeStatus } from '../store-call.ts'
import { Trap, trapKinds } from '../trap.ts'
import { childFrame } from './child/child-frame.ts'
import type { ChildSpec } from './child/child-given.ts'
import { isolatesAddon, startChild } from './child/child-process.ts'
import { childSource } from './child/child-source.ts'
import { isolateControl } from './isolate/isolate-control.ts'
import { isolateSource } from './isolate/isolate-source.ts'
import { STORE_BYTES } from './isolate/isolate-store.ts'
import { JsChild } from './js-child.ts'
import type { JsLimits } from './js-limits.ts'
import type { JsSource } from './js-source.ts'

export interface JsHostParts {
  readonly source: JsSource
  readonly limits: JsLimits
  /** Whether the plugin is a codec; else it is a filter. */
  readonly codec: boolean
}

export class JsHost {
  readonly limits: JsLimits
  /** Hears what people should know about the processes; whoever uses the plugin last says where that goes. */
  tell: ((level: 'warn' | 'error', text: string) => void) | undefined = undefined
  readonly #source: JsSource
  readonly #codec: boolean
  #child: JsChild | undefined = undefined
  #restart: NodeJS.Timeout | undefined = undefined
  /** Processes that ended since one did its work. */
  #failures = 0
  #lastEnd = ''
  #users = 0
  #closed = false

  constructor({ source, limits, codec }: JsHostParts) {
    this.#source = source
    this.#codec = codec
    this.limits = limits
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  get file(): string {
    return this.#source.file
  }

  /** The process as it is now, started if there has been none; a trap says why there is none. */
  child(): JsChild | Trap {
    if (this.#child !== undefined && this.#child.ending === undefined) return this.#child
    if (this.#closed && this.#users === 0) return new Trap('exited', 'the plugin is no longer in use')
    if (this.#restart !== undefined) return new Trap('exited', `its process is gone: ${this.#lastEnd}`)
    return this.#start()
  }

  /** An instance is opened, or one is closed. */
  use(): void {
    this.#users++
  }

  unuse(): void {
    this.#users--
    this.#endUnused()
  }

  close(): void {
    this.#closed = true
    this.#endUnused()
  }

  #endUnused(): void {
    if (!this.#closed || this.#users > 0) return
    clearTimeout(this.#restart)
    this.#restart = undefined
    this.#child?.end()
  }

  #start(): JsChild | Trap {
    try {
      const addon = isolatesAddon()
      const running = startChild(this.#source.file)
      const channel = running.stdio[3]
      if (!(channel instanceof Duplex)) throw new Error('it has no pipe')
      sendProgram(channel, JSON.stringify({ program: childSource(), addon, spec: this.#spec() }))
      const child = new JsChild({
        running,
        channel,
        limits: this.limits,
        ended: (reason, worked) => this.#ended(child, reason, worked),
        printed: (text) => this.tell?.('warn', `its process printed: ${text}`),
      })
      this.#child = child
      return child
    } catch (error) {
      this.#lastEnd = errorText(error)
      return new Trap('exited', `its process does not start: ${this.#lastEnd}`)
    }
  }

  #spec(): ChildSpec {
    const { file, text, reads } = this.#source
    return {
      abi,
      frame: childFrame,
      control: isolateControl,
      trapKinds,
      limits: this.limits,
      source: text,
      file,
      keys: reads.keys.map((key) => Buffer.from(key, 'latin1').toString('utf8')),
      wants: reads.wants,
      isolate: isolateSource(this.#codec),
      storeBytes: STORE_BYTES,
      storeCodes: { call: storeCall, status: storeStatus },
    }
  }

  #ended(child: JsChild, reason: string, worked: boolean): void {
    if (child !== this.#child) return
    this.#child = undefined
    if (this.#closed && this.#users === 0) return
    this.#lastEnd = reason
    this.tell?.('error', `its process is gone: ${reason}`)
    if (worked) this.#failures = 0
    const failures = this.#failures++
    if (failures === 0) this.#start()
    else this.#startLater(Math.min(this.limits.restartMs * 2 ** (failures - 1), this.limits.restartMaxMs))
  }

  #startLater(waitMs: number): void {
    this.#restart = setTimeout(() => {
      this.#restart = undefined
      if (!this.#closed || this.#users > 0) this.#start()
    }, waitMs)
    this.#restart.unref()
  }
}

/** The first thing that a process reads: its program and what it is for. It is not kept: with the source it may be large. */
function sendProgram(channel: Duplex, json: string): void {
  const size = Buffer.allocUnsafe(4)
  size.writeUInt32LE(Buffer.byteLength(json))
  channel.write(size)
  channel.write(json)
}
