/**
 * Prepared: what a plugin declared for each configuration that it was asked about, and the isolate that was asked, until
 * somebody makes a filter of it. A configuration is told by its bytes and by what is granted, not by its times.
 */
import { abi } from '../../../sdk/abi/abi.ts'
import type { OpList } from '../op-list.ts'
import type { JsChild } from './js-child.ts'

/** Isolates that wait for somebody to use them. */
const IDLE_MAX = 4
/** Configurations whose answers are remembered. */
const KNOWN_MAX = 1_024

interface Idle {
  readonly key: string
  readonly child: JsChild
  readonly instance: number
}

export class Prepared {
  /** By the keys of all configurations up to the one that was answered. */
  readonly #answers = new Map<string, Buffer | undefined>()
  #idle: Idle[] = []

  /** Of a configuration that comes behind those of the first key. */
  static key(before: string, bytes: Buffer, size: number): string {
    return `${before}\n${bytes.toString('latin1', abi.header.messages, abi.header.nowMs)}${bytes.toString('latin1', abi.configure.grants, size)}`
  }

  knows(key: string): boolean {
    return this.#answers.has(key)
  }

  answer(key: string): Buffer | undefined {
    return this.#answers.get(key)
  }

  add(key: string, answer: OpList | undefined): void {
    if (this.#answers.size >= KNOWN_MAX) this.#answers.clear()
    this.#answers.set(key, answer === undefined ? undefined : copyOf(answer))
  }

  /** An isolate that was asked all of this and nothing else. */
  keep(idle: Idle): void {
    this.#idle = this.#idle.filter(({ child }) => child.ending === undefined)
    if (this.#idle.length >= IDLE_MAX) drop(this.#idle.shift())
    this.#idle.push(idle)
  }

  /** Its number, when there is one in this process. */
  take(key: string, child: JsChild): number | undefined {
    const at = this.#idle.findIndex((each) => each.key === key && each.child === child)
    return at < 0 ? undefined : this.#idle.splice(at, 1)[0]?.instance
  }

  close(): void {
    for (const idle of this.#idle.splice(0)) drop(idle)
  }
}

function drop(idle: Idle | undefined): void {
  idle?.child.close(idle.instance)
}

function copyOf(list: OpList): Buffer {
  return Buffer.from(list.bytes.subarray(list.start, list.end))
}
