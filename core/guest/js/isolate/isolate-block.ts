/**
 * IsolateBlock: the block that is worked on, in memory that the host writes. Many may lie there one behind the other; what
 * is read counts from the beginning of the one that is worked on. Given as text, like all parts.
 */
import type { childFrame } from '../child/child-frame.ts'
import type { IsolateEngine } from './isolate-engine.ts'
import type { IsolateText } from './isolate-text.ts'

export interface IsolateBlockGiven {
  readonly frame: typeof childFrame
  readonly engine: IsolateEngine
  readonly texts: IsolateText
  readonly input: ArrayBufferLike
}

export type IsolateBlock = ReturnType<typeof isolateBlock>

export function isolateBlock({ frame, engine, texts, input }: IsolateBlockGiven) {
  const { Bytes, Words, Floats, subarray, copyInto, copyWithin } = engine
  const { call, kept, placeBytes } = frame
  const FRAME_BYTES: number = frame.bytes
  const KIND = frame.kind >>> 2
  let bytes = new Bytes(input)
  let words = new Words(input)
  let floats = new Floats(input)
  /** A multiple of eight. */
  let base = 0

  return {
    /** Other memory. */
    room(memory: ArrayBufferLike): void {
      bytes = new Bytes(memory)
      words = new Words(memory)
      floats = new Floats(memory)
    },
    begin(at: number): void {
      base = at
    },
    /** A frame was begun: now its block is, which may be one that is remembered, in front of what is received. */
    enter(): void {
      const at = base >>> 2
      const kind = words[at + KIND] ?? 0
      base += FRAME_BYTES
      if (kind === call) return
      const end = (at << 2) + (words[at] ?? 0)
      const place = (kind >>> 8) * placeBytes
      if ((kind & 0xff) === kept) {
        copyWithin(bytes, place, base, end)
        return
      }
      const first = place >>> 2
      for (let i = base >>> 2, last = end >>> 2; i < last; i += 2)
        words[first + (words[i] ?? 0)] = words[i + 1] ?? 0
      base = place
    },
    memory: (): Uint8Array => bytes,
    /** Where something lies in the memory. */
    placeOf: (place: number): number => base + place,
    byte: (place: number): number => bytes[base + place] ?? 0,
    word: (place: number): number => words[(base + place) >>> 2] ?? 0,
    float: (place: number): number => floats[(base + place) >>> 3] ?? 0,
    text: (place: number, size: number): string => texts.read(bytes, base + place, base + place + size),
    copy(place: number, size: number): Uint8Array {
      const copy = new Bytes(size)
      copyInto(copy, subarray(bytes, base + place, base + place + size), 0)
      return copy
    },
  }
}
