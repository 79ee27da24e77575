/**
 * ChildInput: what the worker has sent, in memory that the isolates of the process share, so that they read blocks where
 * they were received. It grows with the largest frame, and back when there has been none for long. Given as text, as all
 * parts of the process's program are ({@link ./child-source.ts}).
 */
import type { ChildSpec, ChildSystem } from './child-given.ts'

export interface ChildInput {
  readonly bytes: Buffer
  /** How many bytes have been read and not been worked through. */
  readonly have: number
  /** Waits for more; false when the worker is gone. */
  read(): boolean
  /** Where frames begin that have been read; in front of them lie the blocks that are remembered. */
  readonly start: number
  /** Remembers what the frame here says of a block; doing so once more changes nothing. */
  remember(at: number): void
  /** Whether a whole frame begins here. */
  whole(at: number): boolean
  u32(at: number): number
  /** Everything before this has been worked through. */
  drop(at: number): void
  /** The answer of the store is being waited for, by a call before these frames. */
  expectTold(from: number): void
  /** Waits for it, and takes it out from among the frames that go on waiting; answers its size. */
  takeTold(into: Buffer): number
}

export function childInput(
  { frame }: Pick<ChildSpec, 'frame'>,
  system: Pick<ChildSystem, 'read' | 'die'>,
): ChildInput {
  const BYTES = 262_144
  /** Frames that fit after one that did not, until the memory is given back. */
  const QUIET = 1_024
  const START = frame.placeBytes * frame.places
  let bytes = shared(BYTES)
  let have = START
  let quiet = 0
  /** Where a frame begins that has not been looked at for the store's answer. */
  let unseen = 0

  function shared(size: number): Buffer {
    return Buffer.from(new SharedArrayBuffer(size))
  }
  function replace(size: number): void {
    const other = shared((size + 7) & ~7)
    bytes.copy(other, 0, 0, have)
    bytes = other
    quiet = 0
  }
  function read(): boolean {
    if (have === bytes.length) replace(bytes.length * 2)
    const got = system.read(bytes, have)
    have += got
    return got > 0
  }
  function u32(at: number): number {
    return bytes.readUInt32LE(at)
  }
  function whole(at: number): boolean {
    return have - at >= frame.bytes && u32(at + frame.size) <= have - at
  }
  function remember(at: number): void {
    const kind = u32(at + frame.kind) & 0xff
    const place = (u32(at + frame.kind) >>> 8) * frame.placeBytes
    const end = at + u32(at + frame.size)
    if (kind === frame.kept) bytes.copy(bytes, place, at + frame.bytes, end)
    if (kind !== frame.again) return
    for (let from = at + frame.bytes; from < end; from += 8)
      bytes.writeUInt32LE(u32(from + 4), place + u32(from) * 4)
  }
  function told(): number {
    while (whole(unseen)) {
      if (u32(unseen + frame.kind) === frame.told) return unseen
      unseen += u32(unseen + frame.size)
    }
    return -1
  }
  function drop(at: number): void {
    bytes.copy(bytes, START, at, have)
    have -= at - START
    const wanted = have - START < frame.bytes ? 0 : START + u32(START + frame.size)
    if (wanted > bytes.length) replace(wanted)
    else if (have === START && bytes.length > BYTES && ++quiet > QUIET) replace(BYTES)
  }

  return {
    get bytes() {
      return bytes
    },
    get have() {
      return have
    },
    read,
    whole,
    u32,
    start: START,
    remember,
    drop,
    expectTold: (from) => {
      unseen = from
    },
    takeTold: (into) => {
      let at = told()
      for (; at < 0; at = told()) if (!read()) system.die()
      const end = at + u32(at + frame.size)
      const from = at + frame.bytes
      const size = bytes.copy(into, 0, from, Math.min(from + u32(at + frame.first), end))
      bytes.copy(bytes, at, end, have)
      have -= end - at
      return size
    },
  }
}
