/** A message made from plain properties, without any protocol's bytes; it reads and is edited like a real one. */
import { Message, type PropertyReader } from '../message.ts'
import type { MessageKind } from '../metadata.ts'

export interface FakeMessageOptions {
  readonly kind?: MessageKind
  readonly protocol?: string
  readonly requestId?: string
  readonly operation?: string
  readonly status?: number
  /** A list is several values of the key. */
  readonly properties?: Readonly<Record<string, string | readonly string[]>>
  /** Why other keys cannot be read; asking for one sets the message's problem. Default: they are absent. */
  readonly unreadable?: string
  readonly body?: string
  /** How large the frame is; default: its body and sixteen bytes. */
  readonly size?: number
  readonly listener?: string
  readonly peer?: string
}

const HEADER_BYTES = 16

export function fakeMessage(options: FakeMessageOptions = {}): Message {
  const body = Buffer.from(options.body ?? '')
  const bytes = Buffer.alloc(Math.max(options.size ?? 0, HEADER_BYTES + body.length))
  body.copy(bytes, HEADER_BYTES)
  const reader = new FakeReader(options)
  const message = new Message(options.kind ?? 'request', reader, bytes, 0, bytes.length, HEADER_BYTES)
  message.idText = options.requestId ?? '1'
  message.status = options.status ?? -1
  message.origin = { listener: options.listener ?? 'in', peer: options.peer ?? '10.0.0.1:40000' }
  return message
}

class FakeReader implements PropertyReader {
  readonly protocol: string
  readonly #operation: string
  readonly #properties: ReadonlyMap<string, string | readonly string[]>
  readonly #unreadable: string | undefined

  constructor(options: FakeMessageOptions) {
    this.protocol = options.protocol ?? 'fake'
    this.#operation = options.operation ?? ''
    this.#properties = new Map(Object.entries(options.properties ?? {}))
    this.#unreadable = options.unreadable
  }

  get(message: Message, key: string): string | readonly string[] | undefined {
    const value = this.#properties.get(key)
    if (value === undefined) message.problem ??= this.#unreadable
    return value
  }

  keys(): readonly string[] {
    return [...this.#properties.keys()]
  }

  operation(message: Message): string {
    if (this.#operation === '') message.problem ??= this.#unreadable
    return this.#operation
  }

  body(message: Message): Buffer {
    return message.bytes.subarray(HEADER_BYTES)
  }
}
