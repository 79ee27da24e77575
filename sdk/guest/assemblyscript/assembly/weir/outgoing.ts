/** Outgoing: a message that is to be written, as edits and the new body have made it. */
import { Bytes, view } from './bytes'
import { Kind } from './metadata'
import { Fault } from './verdict'

const ROW = 16
const EDIT = 20
const SET = 1
const ADD = 2

@final
export class Property {
  constructor(
    public key: Bytes,
    public value: Bytes,
  ) {}
}

@final
export class Outgoing {
  private block: usize = 0

  /** For the kit. */
  of(block: usize): Outgoing {
    this.block = block
    return this
  }

  /** Whether a caller sent it, and no upstream. */
  get request(): bool {
    return load<u8>(this.block, 24) == 1
  }

  get kind(): Kind {
    return load<u8>(this.block, 25)
  }

  get status(): i32 {
    return load<i32>(this.block, 28)
  }

  /** The id to write. */
  get id(): u64 {
    return load<u64>(this.block, 32)
  }

  get idText(): Bytes {
    return this.refer(40)
  }

  /** The frame as it came: whole in `encode`, its beginning elsewhere. */
  get bytes(): Bytes {
    return this.refer(48)
  }

  get headerSize(): u32 {
    return load<u32>(this.block, 56)
  }

  get size(): u32 {
    return load<u32>(this.block, 60)
  }

  get operation(): Bytes {
    return this.refer(64)
  }

  get streamId(): u32 {
    return load<u32>(this.block, 120)
  }

  /** The body to write. */
  get body(): Bytes {
    return load<u32>(this.block, 104) != 0 ? this.refer(104) : this.refer(72)
  }

  /** Whether a filter replaced the body. */
  get newBody(): bool {
    return load<u32>(this.block, 104) != 0
  }

  /** Every property after the edits, in order: what is set stands where it stood, what is new at the end. */
  properties(): Property[] {
    const all: Property[] = []
    const rows = this.block + load<u32>(this.block, 92)
    for (let i: u32 = 0; i < load<u32>(this.block, 88); i++) {
      const row = rows + <usize>i * ROW
      all.push(new Property(this.viewAt(row), this.viewAt(row + 8)))
    }
    const edits = this.block + load<u32>(this.block, 100)
    for (let i: u32 = 0; i < load<u32>(this.block, 96); i++) {
      const edit = edits + <usize>i * EDIT
      apply(all, load<u32>(edit), new Property(this.viewAt(edit + 4), this.viewAt(edit + 12)))
    }
    return all
  }

  /** The first value of a key; null when there is none. */
  get(key: string): Bytes | null {
    const all = this.getAll(key)
    return all.length == 0 ? null : all[0]
  }

  /** Whether a key has exactly one value and that is a whole number from `least` to `most`. */
  isInteger(key: string, least: i64, most: i64): bool {
    const all = this.getAll(key)
    return all.length == 1 && all[0].isInteger(least, most)
  }

  /** The whole number under a key, or 0. */
  integer(key: string): i64 {
    const value = this.get(key)
    return value != null && value.isInteger() ? value.toInteger() : 0
  }

  getAll(key: string): Bytes[] {
    const values: Bytes[] = []
    const all = this.properties()
    for (let i = 0; i < all.length; i++) if (all[i].key.is(key)) values.push(all[i].value)
    return values
  }

  private refer(at: usize): Bytes {
    return this.viewAt(this.block + at)
  }

  private viewAt(at: usize): Bytes {
    return view(this.block + load<u32>(at), load<u32>(at, 4))
  }
}

function apply(all: Property[], code: u32, edit: Property): void {
  let kept = 0
  let found = false
  for (let i = 0; code != ADD && i < all.length; i++) {
    const same = all[i].key.equals(edit.key)
    if (same && code == SET && !found) all[kept++] = edit
    else if (!same) all[kept++] = all[i]
    found = found || same
  }
  if (code != ADD) all.length = kept
  if (code == ADD || (code == SET && !found)) all.push(edit)
}

/** What a caller is told. */
@final
export class LocalError {
  private block: usize = 0

  /** For the kit. */
  of(block: usize): LocalError {
    this.block = block
    return this
  }

  get kind(): Fault {
    return load<u8>(this.block, 26)
  }

  get text(): Bytes {
    return view(this.block + load<u32>(this.block, 112), load<u32>(this.block, 116))
  }
}
