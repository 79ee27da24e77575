/** ScriptedCodec: a guest codec whose answers a test writes down, byte by byte where it likes: what a hostile one may say. */
import type { GuestModule } from '../../core/guest/guest-instance.ts'
import { OpList } from '../../core/guest/op-list.ts'
import { Trap } from '../../core/guest/trap.ts'
import { abi } from '../../sdk/abi/abi.ts'

const { codec } = abi

export interface SaidOp {
  readonly code: number
  readonly argument?: number
  readonly payload?: Buffer
  /** What the header says instead of the truth. */
  readonly size?: number
}

export interface FrameParts {
  readonly size: number
  readonly headerSize?: number
  readonly status?: number
  readonly id?: number
  readonly idAt?: number
  /** Pairs of where and how many. */
  readonly idText?: readonly [number, number]
  readonly operation?: readonly [number, number]
  readonly body?: readonly [number, number]
  readonly text?: readonly [number, number]
  /** What the header says instead of the truth. */
  readonly properties?: number
  /** Each a ref of the key and one of the value. */
  readonly rows?: readonly (readonly [number, number, number, number])[]
  readonly own?: string
}

export function opList(ops: readonly SaidOp[]): Buffer {
  const parts = ops.map(({ code, argument = 0, payload = Buffer.alloc(0), size }) => {
    const padded = (payload.length + 3) & ~3
    const bytes = Buffer.alloc(abi.opHeader.bytes + padded)
    bytes[0] = code
    bytes[1] = argument
    bytes.writeUInt32LE(size ?? abi.opHeader.bytes + payload.length, abi.opHeader.size)
    payload.copy(bytes, abi.opHeader.bytes)
    return bytes
  })
  const list = Buffer.concat([Buffer.alloc(abi.opListHeaderBytes), ...parts])
  list.writeUInt32LE(list.length, 0)
  return list
}

export function framePayload(parts: FrameParts): Buffer {
  const { frame, row } = codec
  const rows = parts.rows ?? []
  const bytes = Buffer.alloc(frame.bytes + rows.length * row.bytes)
  const ref = (at: number, pair: readonly [number, number] = [0, 0]) => {
    bytes.writeUInt32LE(pair[0], at)
    bytes.writeUInt32LE(pair[1], at + 4)
  }
  bytes.writeUInt32LE(parts.size, frame.size)
  bytes.writeUInt32LE(parts.headerSize ?? 0, frame.headerSize)
  bytes.writeInt32LE(parts.status ?? -1, frame.status)
  bytes.writeUInt32LE(parts.id ?? 0, frame.idLow)
  bytes.writeUInt32LE(parts.idAt ?? abi.none, frame.idAt)
  bytes.writeUInt32LE(parts.properties ?? rows.length, frame.properties)
  ref(frame.idText, parts.idText)
  ref(frame.operation, parts.operation)
  ref(frame.body, parts.body)
  ref(frame.text, parts.text)
  for (const [index, [keyAt, keySize, valueAt, valueSize]] of rows.entries()) {
    ref(frame.bytes + index * row.bytes, [keyAt, keySize])
    ref(frame.bytes + index * row.bytes + 8, [valueAt, valueSize])
  }
  return Buffer.concat([bytes, Buffer.from(parts.own ?? '')])
}

export function frameOp(parts: FrameParts, kind = 'request' as keyof typeof abi.kind): SaidOp {
  return { code: codec.op.frame, argument: abi.kind[kind], payload: framePayload(parts) }
}

export function declarationOp(flags = 0x3f): SaidOp {
  const { declaration } = codec
  const payload = Buffer.alloc(declaration.bytes)
  payload[declaration.id] = codec.id.number
  payload[declaration.idBits] = 32
  payload.writeUInt16LE(flags, declaration.flags)
  payload.writeUInt32LE(0, declaration.idAt)
  payload[declaration.idSize] = 4
  return { code: codec.op.codec, argument: codec.correlation.id, payload }
}

export type Answering = (phase: number, block: Buffer) => Buffer | Trap | undefined

/** Answers a configuration with `declared`, and everything else as it is told. */
export function scriptedModule(
  answering: Answering,
  declared: readonly SaidOp[] = [declarationOp(), { code: codec.op.writesAll }],
): GuestModule & { readonly instances: () => number } {
  let instances = 0
  return {
    remote: false,
    instances: () => instances,
    instantiate: () => {
      instances++
      return {
        fuelUsed: 0,
        memoryBytes: 0,
        close: () => undefined,
        call: (phase, bytes, size) => {
          const answer =
            phase === abi.phase.configure ? opList(declared) : answering(phase, bytes.subarray(0, size))
          return answer === undefined || answer instanceof Trap ? answer : new OpList(answer)
        },
      }
    },
  }
}
