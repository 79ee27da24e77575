/**
 * Message: one frame as a decoder hands it over, flat and of one hidden class for every protocol. It is the
 * {@link Metadata} that filters read. It owns no parsing: whatever needs the protocol is asked of its codec's
 * {@link PropertyReader}, once, when somebody reads.
 */

import type { MessageKind, Metadata, Origin } from './metadata.ts'
import type { Edit, Mutation } from './mutation.ts'
import type { ValuePlace } from './value-place.ts'

/** Reads properties out of a message's bytes; stateless, shared by all connections of a codec. */
export interface PropertyReader {
  readonly protocol: string
  /** All values of a key in wire order, or the only one, or `undefined`. May set {@link Message.problem}. */
  get(message: Message, key: string): string | readonly string[] | undefined
  /**
   * Finds the only value of a key in the message's bytes, where it stands as UTF-8, for whoever copies it and needs no
   * string. `elsewhere`: ask {@link get}, which may know more. Absent where values never stand so.
   */
  place?(message: Message, key: string, place: ValuePlace): 'here' | 'absent' | 'elsewhere'
  /**
   * Something that never changes and tells what {@link get} would answer for each of these keys: of messages of which it
   * is the same thing, the answers are the same. `undefined` where nothing does; absent where nothing ever does.
   */
  knownBy?(message: Message, keys: readonly string[]): object | undefined
  keys(message: Message): readonly string[]
  /**
   * Of a message that has only begun: whether what {@link get} would answer hangs on what has not come yet. Absent where
   * beginnings tell everything.
   */
  lacks?(beginning: Message, key: string): boolean
  /** A message whose sizes were open is whole: puts its header's size and the codec's notes right. Absent where none are. */
  completed?(whole: Message): void
  operation(message: Message): string
  body(message: Message): Buffer
}

/**
 * Which upstream connection a request needs: `shared`, any; `own`, one that belongs to its client, for what it leaves
 * behind there (a transaction, a subscription, a login) matters to what comes after; `release`, that one too, and after
 * the reply nothing of the client is left on it.
 */
export type Affinity = 'shared' | 'own' | 'release'

export class Message implements Metadata {
  kind: MessageKind
  /** The two halves of the id as unsigned 32-bit numbers; narrower ids use the low half. */
  idHigh = 0
  idLow = 0
  /** The id where a protocol's ids are texts; `undefined` otherwise. */
  idText: string | undefined = undefined
  streamId = 0
  status = -1
  affinity: Affinity = 'shared'
  /** How long the request itself asks for its reply to be put off at most, beside the usual; `Infinity`: for ever. */
  waitMs = 0
  /** The frame, or what of it is here, is `bytes[start, end)`; only the codec may touch it, and only to patch the id in place. */
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  /** Changed only by its codec, when a message whose sizes were open is whole. */
  headerSize: number
  /** Bytes of the frame that come behind these, in pieces of their own; 0 when all of it is here. */
  rest = 0
  /** How much comes behind is not known yet: `rest` and the sizes are the least that it can be. */
  sizeOpen = false
  problem: string | undefined = undefined
  /** What filters recorded; `undefined` until the first filter that may record is called. */
  mutation: Mutation | undefined = undefined
  origin: Origin = NOWHERE
  /** The host's own: tells the message that it has shown guests last from all others; 0 before that. */
  stamp = 0
  readonly reader: PropertyReader
  /** The codec's own notes on this frame: flags and offsets, meaningless to anybody else. */
  mark0 = 0
  mark1 = 0
  mark2 = 0
  mark3 = 0
  /** The codec's own lazily decoded parts. */
  parts: unknown = undefined

  constructor(
    kind: MessageKind,
    reader: PropertyReader,
    bytes: Buffer,
    start: number,
    end: number,
    headerSize: number,
  ) {
    this.kind = kind
    this.reader = reader
    this.bytes = bytes
    this.start = start
    this.end = end
    this.headerSize = headerSize
  }

  get protocol(): string {
    return this.reader.protocol
  }

  get requestId(): string {
    if (this.idText !== undefined) return this.idText
    if (this.idHigh === 0) return String(this.idLow)
    return String((BigInt(this.idHigh) << 32n) | BigInt(this.idLow))
  }

  get operation(): string {
    return this.reader.operation(this)
  }

  get size(): number {
    return this.end - this.start + this.rest
  }

  get bodySize(): number {
    return this.end - this.start + this.rest - this.headerSize
  }

  get listener(): string {
    return this.origin.listener
  }

  get peer(): string {
    return this.origin.peer
  }

  get body(): Buffer {
    return this.mutation?.newBody ?? this.reader.body(this)
  }

  get(key: string): string | undefined {
    if (this.mutation?.touches(key)) return this.#edited(key)[0]
    const value = this.reader.get(this, key)
    return typeof value === 'object' ? value[0] : value
  }

  getAll(key: string): readonly string[] {
    return this.#edited(key)
  }

  has(key: string): boolean {
    return this.get(key) !== undefined
  }

  keys(): readonly string[] {
    const keys = this.reader.keys(this)
    const edits = this.mutation?.edits ?? []
    if (edits.length === 0) return keys
    const all = new Set(keys)
    for (const edit of edits) if (edit.op !== 'remove') all.add(edit.key)
    // Only what was changed can be gone.
    const changed = new Set(edits.map(({ key }) => key))
    return [...all].filter((key) => !changed.has(key) || this.#edited(key).length > 0)
  }

  /** The values on the wire with the edits recorded so far. */
  #edited(key: string): readonly string[] {
    const wire = this.reader.get(this, key)
    const values = wire === undefined ? NO_VALUES : typeof wire === 'string' ? [wire] : wire
    const edits = this.mutation?.edits
    return edits === undefined ? values : edits.reduce((known, edit) => applied(known, edit, key), values)
  }
}

function applied(values: readonly string[], edit: Edit, key: string): readonly string[] {
  if (edit.key !== key) return values
  switch (edit.op) {
    case 'set':
      return [edit.value]
    case 'add':
      return [...values, edit.value]
    case 'remove':
      return NO_VALUES
  }
}

const NO_VALUES: readonly string[] = Object.freeze([])
const NOWHERE: Origin = Object.freeze({ listener: '', peer: '' })
