/**
 * OpReader: does what a list of operations says (sdk/ABI.md §3), one after the other, in words of the sdk. The list
 * has passed {@link OpCheck}, so nothing is looked at twice; what it says about logs and counts is limited by whoever
 * is told. Everything is copied: the list may be the guest's memory.
 */

import { abi } from '../../sdk/abi/abi.ts'
import { readText } from '../../sdk/abi/text.ts'
import {
  type ErrorKind,
  forward,
  isErrorKind,
  type LocalReply,
  type Mutation,
  replyError,
  replyMessage,
  type Settled,
} from '../../sdk/index.ts'
import type { OpList } from './op-list.ts'
import { TextCache } from './text-cache.ts'

const { op, opHeader } = abi

export type LogLevelName = keyof typeof abi.logLevel

/** A request of the guest's own to a named cluster. */
export interface CallOut {
  readonly cluster: string
  readonly timeoutMs: number
  readonly message: LocalReply
}

/** What a guest decided about one message. `pause` waits so many milliseconds, or for a call out. */
export type GuestVerdict =
  | { readonly kind: 'settled'; readonly verdict: Settled }
  | { readonly kind: 'pause'; readonly ms: number }
  | { readonly kind: 'call'; readonly call: CallOut }

/** Who is told. */
export interface OpSink {
  /** Where the edits of a message are recorded. */
  mutation(handle: number): Mutation
  verdict(handle: number, verdict: GuestVerdict): void
  log(level: LogLevelName, text: string): void
  count(name: string, count: number): void
  /** Declarations, in the configure phase. Phases are bits of `abi.phaseBit`; 0 stands for all of them. */
  reads(phases: number, key: string): void
  readsAll(phases: number): void
  wants(what: number): void
  phases(phases: number): void
  refuse(text: string): void
  /** What the guest hands over to the version that takes its place. */
  state(bytes: Buffer): void
}

export class OpReader {
  readonly #texts = new TextCache()

  apply(list: OpList, sink: OpSink): void {
    const { end } = list
    for (let at = list.start + abi.opListHeaderBytes; at < end; ) {
      const size = list.u32(at + opHeader.size)
      this.#operation(list, at, at + size, sink)
      at += (size + 3) & ~3
    }
  }

  #operation(list: OpList, at: number, to: number, sink: OpSink): void {
    const from = at + opHeader.bytes
    const handle = list.u32(at + opHeader.message)
    const texts = this.#texts
    switch (list.u8(at + opHeader.code)) {
      case op.set: {
        const valueAt = from + 4 + list.u32(from)
        sink
          .mutation(handle)
          .set(texts.read(list.bytes, from + 4, valueAt), texts.read(list.bytes, valueAt, to))
        return
      }
      case op.add: {
        const valueAt = from + 4 + list.u32(from)
        sink
          .mutation(handle)
          .add(texts.read(list.bytes, from + 4, valueAt), texts.read(list.bytes, valueAt, to))
        return
      }
      case op.remove:
        sink.mutation(handle).remove(texts.read(list.bytes, from, to))
        return
      case op.body:
        sink.mutation(handle).body(copyOf(list, from, to))
        return
      case op.log:
        sink.log(logLevels[list.u8(at + opHeader.arg)] ?? 'info', readText(list.bytes, from, to))
        return
      case op.count:
        sink.count(texts.read(list.bytes, from + 4, to), list.u32(from))
        return
      default:
        this.#rare(list, at, to, sink)
    }
  }

  #rare(list: OpList, at: number, to: number, sink: OpSink): void {
    const from = at + opHeader.bytes
    const arg = list.u8(at + opHeader.arg)
    switch (list.u8(at + opHeader.code)) {
      case op.reads:
        sink.reads(arg, readText(list.bytes, from, to))
        return
      case op.readsAll:
        sink.readsAll(arg)
        return
      case op.wants:
        sink.wants(arg)
        return
      case op.phases:
        sink.phases(arg)
        return
      case op.refuse:
        sink.refuse(readText(list.bytes, from, to))
        return
      case op.state:
        sink.state(copyOf(list, from, to))
        return
      default:
        sink.verdict(list.u32(at + opHeader.message), this.#verdict(list, at, to))
    }
  }

  #verdict(list: OpList, at: number, to: number): GuestVerdict {
    const from = at + opHeader.bytes
    switch (list.u8(at + opHeader.code)) {
      case op.drop:
        return DROP
      case op.close:
        return CLOSE
      case op.replyError: {
        const kind = errorKinds[list.u8(at + opHeader.arg) - 1] ?? 'plugin_failed'
        return settled(replyError(kind, readText(list.bytes, from, to)))
      }
      case op.forward: {
        const timeoutMs = list.u32(from)
        const cluster = this.#texts.read(list.bytes, from + 4, to)
        return settled(forward(cluster, timeoutMs === abi.none ? undefined : timeoutMs))
      }
      case op.pause:
        return { kind: 'pause', ms: list.u32(from) }
      case op.callOut: {
        const messageAt = from + 8 + list.u32(from + 4)
        const cluster = this.#texts.read(list.bytes, from + 8, messageAt)
        return {
          kind: 'call',
          call: { cluster, timeoutMs: list.u32(from), message: carried(list, messageAt, to) },
        }
      }
      default:
        return settled(replyMessage(carried(list, from, to)))
    }
  }
}

function carried(list: OpList, from: number, to: number): LocalReply {
  const count = list.u32(from + 4)
  const properties: [string, string][] = []
  let at = from + 8
  for (let i = 0; i < count; i++) {
    const valueAt = at + 8 + list.u32(at)
    const next = valueAt + list.u32(at + 4)
    properties.push([readText(list.bytes, at + 8, valueAt), readText(list.bytes, valueAt, next)])
    at = next
  }
  return { properties, body: list.u32(from) === abi.none ? undefined : copyOf(list, at, to) }
}

function copyOf(list: OpList, from: number, to: number): Buffer {
  return Buffer.from(list.bytes.subarray(from, to))
}

function settled(verdict: Settled): GuestVerdict {
  return { kind: 'settled', verdict }
}

const DROP: GuestVerdict = settled('drop')
const CLOSE: GuestVerdict = settled('close')

/** Names by their numbers. */
const logLevels: readonly LogLevelName[] = ['debug', 'info', 'warn', 'error']
const errorKinds: readonly ErrorKind[] = Object.entries(abi.error)
  .sort(([, left], [, right]) => left - right)
  .map(([name]) => name)
  .filter(isErrorKind)
