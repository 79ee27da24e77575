/** The golden vectors of the guest ABI, read and shown as the types that the tests use. */
import { readFileSync } from 'node:fs'
import type { Reads } from '../../../core/guest/declaration.ts'
import { readText } from '../../../sdk/abi/text.ts'
import { Message, type Metadata, type Outcome, type PropertyReader } from '../../../sdk/index.ts'

export interface VectorMetadata {
  readonly kind: Metadata['kind']
  readonly protocol: string
  readonly id?: string
  readonly idText?: string
  readonly status: number
  readonly streamId: number
  readonly headerSize: number
  readonly bodySize: number
  readonly operation: string
  readonly listener: string
  readonly peer: string
  readonly problem?: string
  readonly properties?: readonly (readonly [string, readonly string[]])[]
  readonly body?: string
}

export interface VectorMessage {
  readonly handle: number
  readonly metadata: VectorMetadata
  /** Which configuration holds. */
  readonly config?: number
  readonly reads: { readonly keys: readonly string[] } & Partial<Reads>
  readonly outcome?: Omit<Outcome, 'error' | 'response' | 'startedMs'> & {
    readonly error: Outcome['error'] | null
    readonly responseStatus: number
  }
  readonly resume?: {
    readonly reason: number
    readonly phase: number
    readonly pauses: number
    readonly text: string
  }
}

export interface BlockVector {
  readonly name: string
  readonly phase:
    | 'configure'
    | 'request'
    | 'response'
    | 'end'
    | 'resume'
    | 'streamData'
    | 'snapshot'
    | 'restore'
  readonly nowMs?: number
  readonly wallMs?: number
  readonly config?: string
  readonly grants?: number
  readonly number?: number
  readonly state?: string
  readonly version?: string
  readonly messages?: readonly VectorMessage[]
  readonly hex: string
}

export interface AnswerVector {
  readonly name: string
  readonly phase: BlockVector['phase']
  readonly handles: readonly number[]
  readonly hex: string
  readonly effects: readonly unknown[]
}

export interface RejectedVector {
  readonly name: string
  readonly phase: BlockVector['phase']
  readonly handles: readonly number[]
  readonly hex: string
  readonly kind: 'abi' | 'budget'
}

interface Vectors {
  readonly blocks: readonly BlockVector[]
  readonly answers: readonly AnswerVector[]
  readonly rejected: readonly RejectedVector[]
}

export const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../../../sdk/abi/vectors.json', import.meta.url), 'utf8'),
)

/** A message that reads as the vector says. */
export function vectorMessage(metadata: VectorMetadata): Message {
  const { headerSize, bodySize } = metadata
  const bytes = Buffer.alloc(headerSize + bodySize)
  Buffer.from(metadata.body ?? '', 'hex').copy(bytes, headerSize)
  const message = new Message(metadata.kind, readerOf(metadata), bytes, 0, bytes.length, headerSize)
  const id = BigInt(metadata.id ?? 0)
  message.idHigh = Number(id >> 32n)
  message.idLow = Number(id & 0xffff_ffffn)
  message.idText = metadata.idText
  message.streamId = metadata.streamId
  message.status = metadata.status
  message.problem = metadata.problem
  message.origin = metadata
  return message
}

export function readsOf(reads: VectorMessage['reads']): Reads {
  return { allKeys: false, body: false, operation: false, ...reads }
}

/** The string of bytes that are written as hex. */
export function hexText(hex: string): string {
  const bytes = Buffer.from(hex, 'hex')
  return readText(bytes, 0, bytes.length)
}

function readerOf(metadata: VectorMetadata): PropertyReader {
  const values = new Map((metadata.properties ?? []).map(([key, all]) => [key, all.map(hexText)]))
  return {
    protocol: metadata.protocol,
    get: (_message, key) => {
      const all = values.get(key)
      return all?.length === 1 ? all[0] : all
    },
    keys: () => [...values.keys()],
    operation: () => metadata.operation,
    body: (message) => message.bytes.subarray(message.headerSize),
  }
}
