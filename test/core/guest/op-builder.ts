/** Lists of operations for tests, by name; handles are left 0 unless they are given. */
import { abi } from '../../../sdk/abi/abi.ts'
import { textBytes } from '../../../sdk/abi/text.ts'
import type { ErrorKind } from '../../../sdk/index.ts'

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

export function rawOp(code: number, arg: number, payload: Buffer, handle = 0): Buffer {
  const bytes = Buffer.alloc((abi.opHeader.bytes + payload.length + 3) & ~3)
  bytes[0] = code
  bytes[1] = arg
  bytes.writeUInt32LE(abi.opHeader.bytes + payload.length, 4)
  bytes.writeUInt32LE(handle, 8)
  payload.copy(bytes, abi.opHeader.bytes)
  return bytes
}

export function opList(...ops: readonly Buffer[]): Buffer {
  const all = Buffer.concat(ops)
  return Buffer.concat([u32(all.length + 4), all])
}

function pair(key: string, value: string): Buffer {
  const bytes = textBytes(key)
  return Buffer.concat([u32(bytes.length), bytes, textBytes(value)])
}

type Properties = readonly (readonly [string, string])[]

function carried(properties: Properties, body: Buffer | undefined): Buffer {
  const parts = properties.flatMap(([key, value]) => {
    const [keyBytes, valueBytes] = [textBytes(key), textBytes(value)]
    return [u32(keyBytes.length), u32(valueBytes.length), keyBytes, valueBytes]
  })
  const size = body === undefined ? abi.none : body.length
  return Buffer.concat([u32(size), u32(properties.length), ...parts, body ?? Buffer.alloc(0)])
}

export const ops = {
  set: (key: string, value: string) => rawOp(abi.op.set, 0, pair(key, value)),
  add: (key: string, value: string) => rawOp(abi.op.add, 0, pair(key, value)),
  remove: (key: string) => rawOp(abi.op.remove, 0, textBytes(key)),
  body: (bytes: Buffer) => rawOp(abi.op.body, 0, bytes),
  replyError: (kind: ErrorKind, text: string) => rawOp(abi.op.replyError, abi.error[kind], textBytes(text)),
  reply: (properties: Properties, body: Buffer | undefined) =>
    rawOp(abi.op.reply, 0, carried(properties, body)),
  forward: (cluster: string, timeoutMs: number = abi.none) =>
    rawOp(abi.op.forward, 0, Buffer.concat([u32(timeoutMs), textBytes(cluster)])),
  drop: () => rawOp(abi.op.drop, 0, Buffer.alloc(0)),
  close: () => rawOp(abi.op.close, 0, Buffer.alloc(0)),
  pause: (ms: number) => rawOp(abi.op.pause, 0, u32(ms)),
  callOut: (cluster: string, ms: number, properties: Properties = [], body?: Buffer) =>
    rawOp(
      abi.op.callOut,
      0,
      Buffer.concat([u32(ms), u32(textBytes(cluster).length), textBytes(cluster), carried(properties, body)]),
    ),
  log: (text: string, level = 1) => rawOp(abi.op.log, level, textBytes(text)),
  count: (name: string, by: number) => rawOp(abi.op.count, 0, Buffer.concat([u32(by), textBytes(name)])),
  reads: (key: string, phases = 0) => rawOp(abi.op.reads, phases, textBytes(key)),
  readsAll: (phases = 0) => rawOp(abi.op.readsAll, phases, Buffer.alloc(0)),
  wants: (what: number) => rawOp(abi.op.wants, what, Buffer.alloc(0)),
  phases: (phases: number) => rawOp(abi.op.phases, phases, Buffer.alloc(0)),
  state: (bytes: Buffer) => rawOp(abi.op.state, 0, bytes),
  refuse: (text: string) => rawOp(abi.op.refuse, 0, textBytes(text)),
} as const
