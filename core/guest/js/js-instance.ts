/**
 * JsInstance: an isolate in the plugin's process, as the worker sees it. Blocks are sent there and answered later. What
 * it declares is known already: the process was asked before anybody needed it, and a further isolate of the same
 * configuration is only told.
 */
import { abi } from '../../../sdk/abi/abi.ts'
import type { GuestHost, KeyValue } from '../guest-host.ts'
import type { GuestAnswer, GuestInstance } from '../guest-instance.ts'
import type { LaterAnswer } from '../later-answer.ts'
import { OpList } from '../op-list.ts'
import type { Together } from '../together.ts'
import { Trap } from '../trap.ts'
import { failedLogs } from './failed-logs.ts'
import { JsCall } from './js-call.ts'
import type { JsChild } from './js-child.ts'
import type { JsHost } from './js-host.ts'
import { Prepared } from './prepared.ts'

export interface JsInstanceParts {
  readonly js: JsHost
  readonly child: JsChild
  readonly host: GuestHost
  readonly prepared: Prepared
}

export class JsInstance implements GuestInstance {
  /** Nanoseconds. */
  fuelUsed = 0
  readonly #parts: JsInstanceParts
  /** The isolate's number in the process; 0 while there is none. */
  #number = 0
  /** Of all configurations so far. */
  #key = ''
  #configs: Buffer[] = []
  #closed = false
  /** Why it could not be configured, when that was seen later. */
  #fault: Trap | undefined = undefined

  constructor(parts: JsInstanceParts) {
    this.#parts = parts
    parts.js.use()
  }

  /** The process is the plugin's, however many instances are in it. */
  get memoryBytes(): number {
    return this.#parts.child.residentBytes
  }

  call(during: number, bytes: Buffer, size: number, fuel?: number): GuestAnswer | LaterAnswer {
    if (this.#closed) return new Trap('exited', 'the plugin is closed')
    if (during === abi.phase.configure) return this.#configure(bytes, size)
    if (this.#number === 0) this.#begin()
    if (this.#fault !== undefined) return this.#fault
    const { child, js } = this.#parts
    const most = Math.min(fuel ?? js.limits.fuelPerCall, js.limits.fuelPerCall)
    return child.call(new JsCall(this, this.#number, most), bytes, size)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    const { child, js } = this.#parts
    if (this.#number !== 0) child.close(this.#number)
    js.unuse()
  }

  get store(): KeyValue | undefined {
    return this.#parts.host.keyValue
  }

  get together(): Together | undefined {
    return this.#parts.host.together
  }

  failedSaying(list: Buffer): void {
    failedLogs(list, (level, text) => this.#parts.host.log(level, text))
  }

  /** What was answered to the same when it was asked before anybody waited. */
  #configure(bytes: Buffer, size: number): GuestAnswer {
    const { prepared, js, host } = this.#parts
    this.#key = Prepared.key(this.#key, bytes, size)
    if (!prepared.knows(this.#key)) return new Trap('abi', 'the configuration was not prepared')
    this.#configs.push(Buffer.from(bytes.subarray(0, size)))
    js.tell = (level, text) => host.log(level, text)
    const answer = prepared.answer(this.#key)
    return answer === undefined ? undefined : new OpList(answer)
  }

  /** The first call finds an isolate that is configured already, or has one configured in front of it. */
  #begin(): void {
    const { child, prepared } = this.#parts
    const ready = prepared.take(this.#key, child)
    this.#number = ready ?? child.open()
    if (ready === undefined) for (const config of this.#configs) this.#send(config)
    this.#configs = []
  }

  /** What it answers is what the first one answered; only a failure is news. */
  #send(bytes: Buffer): void {
    const { child, js } = this.#parts
    const instance = this.#number
    const fuel = js.limits.fuelToConfigure
    const asked = child.call(new JsCall(this, instance, fuel), bytes, bytes.length)
    if (asked instanceof Trap) this.#fault = asked
    else
      asked.hear({
        onAnswer: (answer) => {
          if (answer instanceof Trap) this.#fault = answer
        },
      })
  }
}
