/** Metadata: a message, as it is when the handler is called. Read it while the message is handled, not later. */
import { Bytes, view } from './bytes'
import { NO_SLOT, slotOf } from './keys'

const ROW = 16
const EVERY_KEY = 4
const CONFIG = 16

export enum Kind {
  Request = 1,
  Oneway,
  Response,
  Error,
  Heartbeat,
  HeartbeatReply,
  Drain,
  StreamInit,
  StreamData,
  StreamClose,
}

@final
export class Metadata {
  /** Where the record is. */
  private record: usize = 0
  /** Whether its keys are known by their names only. */
  private named: bool = false

  /** Looks at another record; for the kit. */
  show(record: usize, named: bool): Metadata {
    this.record = record
    this.named = named
    return this
  }

  /** The first value of a key; null when the message does not carry it. */
  get(key: string): Bytes | null {
    const row = this.find(key, this.rows)
    return row == 0 ? null : this.valueOf(row)
  }

  /** Every value of a key, in order. */
  getAll(key: string): Bytes[] {
    const all: Bytes[] = []
    for (let row = this.find(key, this.rows); row != 0; row = this.find(key, row + ROW)) all.push(this.valueOf(row))
    return all
  }

  /** Whether the first value of a key is this text, compared in place. */
  is(key: string, text: string): bool {
    const value = this.get(key)
    return value != null && value.is(text)
  }

  has(key: string): bool {
    return this.find(key, this.rows) != 0
  }

  /** Every key that is here: those that were declared, or all after `readsAll()`. */
  keys(): Bytes[] {
    const all: Bytes[] = []
    const end = this.rowsEnd
    for (let row = this.rows; row < end; row += ROW) {
      const key = view(this.record + load<u32>(row), load<u16>(row, 4))
      if (all.length == 0 || !all[all.length - 1].equals(key)) all.push(key)
    }
    return all
  }

  /** The number of the configuration that holds: 0 is the listener's, the others are those of routes. */
  get config(): u32 {
    return (load<u8>(this.record, 17) & CONFIG) != 0 ? load<u32>(this.record, 104) : 0
  }

  get handle(): u32 {
    return load<u32>(this.record, 4)
  }

  get kind(): Kind {
    return load<u8>(this.record, 16)
  }

  /** The id as a number; 0 when it is a text. */
  get id(): u64 {
    return load<u64>(this.record, 8)
  }

  /** The caller's id, exact to 64 bits, or its text. */
  get requestId(): string {
    return (load<u8>(this.record, 17) & 1) != 0 ? this.refer(72).toString() : this.id.toString()
  }

  /** The protocol's status of a reply; -1 when the message has none. */
  get status(): i32 {
    return load<i32>(this.record, 20)
  }

  get streamId(): u32 {
    return load<u32>(this.record, 24)
  }

  get headerSize(): u32 {
    return load<u32>(this.record, 28)
  }

  get bodySize(): u32 {
    return load<u32>(this.record, 32)
  }

  /** Bytes of the whole frame. */
  get size(): u32 {
    return this.headerSize + this.bodySize
  }

  /** Service and method, or what the protocol calls an operation. */
  get operation(): Bytes {
    return this.refer(40)
  }

  get listener(): Bytes {
    return this.refer(48)
  }

  /** The caller's address. */
  get peer(): Bytes {
    return this.refer(56)
  }

  get protocol(): Bytes {
    return this.refer(64)
  }

  /** Why a property could not be read; empty when all could. */
  get problem(): Bytes {
    return this.refer(80)
  }

  /** Needs the grant `bodies`, and `readsBodies()` where the source does not say `.body`. */
  get body(): Bytes {
    return this.refer(88)
  }

  /** In onResponse: the request that this answers. */
  get request(): Metadata {
    return second.show(this.next, false)
  }

  /** For the kit: where the record and the next one are, and what the phase adds to this one. */
  get begins(): usize {
    return this.record
  }

  get next(): usize {
    return this.record + load<u32>(this.record)
  }

  get extra(): usize {
    return this.record + load<u32>(this.record, 96)
  }

  // @ts-ignore: a decorator
  @inline
  private get rows(): usize {
    return this.record + load<u32>(this.record, 36)
  }

  // @ts-ignore: a decorator
  @inline
  private get rowsEnd(): usize {
    return this.rows + <usize>load<u16>(this.record, 18) * ROW
  }

  private refer(at: usize): Bytes {
    return view(this.record + load<u32>(this.record + at), load<u32>(this.record + at, 4))
  }

  // @ts-ignore: a decorator
  @inline
  private valueOf(row: usize): Bytes {
    return view(this.record + load<u32>(row, 8), load<u32>(row, 12))
  }

  /** The first row of a key from a row on; 0 when there is none. */
  private find(key: string, from: usize): usize {
    const slot = this.named ? NO_SLOT : slotOf(key)
    if (slot == NO_SLOT) return this.findNamed(key, from)
    const end = this.rowsEnd
    for (let row = from; row < end; row += ROW) if (<u32>load<u16>(row, 6) == slot) return row
    return 0
  }

  private findNamed(key: string, from: usize): usize {
    if ((load<u8>(this.record, 17) & EVERY_KEY) == 0) {
      throw new Error(`the key ${key} is not declared: call reads('${key}') in onConfigure`)
    }
    const end = this.rowsEnd
    for (let row = from; row < end; row += ROW) {
      if (view(this.record + load<u32>(row), load<u16>(row, 4)).is(key)) return row
    }
    return 0
  }
}

export const first = new Metadata()
export const second = new Metadata()
