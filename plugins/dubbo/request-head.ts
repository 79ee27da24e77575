/**
 * RequestHead: the five strings at the beginning of a request's body, and a bounded table of those seen lately.
 * Callers repeat the same few heads all day, so a head is recognized by its bytes: one comparison answers the
 * interface, the version, the method and their positions, and nothing is decoded or allocated.
 */
import type { ChunkView } from './chunk-view.ts'
import { ComparedBytes } from './compared-bytes.ts'
import type { KnownMap } from './known-map.ts'
import { CACHED_HEAD_BYTES_MAX, HEAD_SETS } from './limits.ts'
import { sameAscii } from './same-ascii.ts'

/** Where a head's strings lie, as offsets from the beginning of the body; a string ends where the next begins. */
export interface HeadOffsets {
  readonly pathAt: number
  readonly versionAt: number
  readonly methodAt: number
  readonly typesAt: number
  /** The head's size, which is where the arguments begin. */
  readonly size: number
}

/** What the strings of a head say. */
export interface HeadTexts {
  readonly dubbo: string
  readonly path: string
  readonly version: string
  readonly method: string
  readonly types: string
}

/** Offsets of the characters from the beginning of the body; -1 where they do not stand there as ASCII. */
export type HeadTextAts = Readonly<Record<keyof HeadTexts, number>>

export class RequestHead {
  readonly dubbo: string
  readonly path: string
  readonly version: string
  readonly method: string
  readonly types: string
  readonly operation: string
  /** Arguments that the descriptor announces; -1 when it is none. */
  readonly argumentCount: number
  readonly offsets: HeadOffsets
  /** Where the characters of each text begin. */
  readonly textAts: HeadTextAts
  /** A copy of the head's bytes, by which it is found again. */
  readonly compared: ComparedBytes
  /** A number that tells most heads apart. */
  readonly seed: number
  /** The attachments that came with it last, where they are known. */
  lastMap: KnownMap | undefined = undefined

  constructor(texts: HeadTexts, offsets: HeadOffsets, bytes: Uint8Array) {
    this.dubbo = texts.dubbo
    this.path = texts.path
    this.version = texts.version
    this.method = texts.method
    this.types = texts.types
    this.operation = `${texts.path}/${texts.method}`
    this.argumentCount = countTypes(texts.types)
    this.offsets = offsets
    this.textAts = {
      dubbo: textAt(bytes, offsets.pathAt, texts.dubbo),
      path: textAt(bytes, offsets.versionAt, texts.path),
      version: textAt(bytes, offsets.methodAt, texts.version),
      method: textAt(bytes, offsets.typesAt, texts.method),
      types: textAt(bytes, offsets.size, texts.types),
    }
    this.compared = new ComparedBytes(bytes)
    this.seed = bytes.reduce((seed, byte) => Math.imul(seed ^ byte, 0x01000193), 0x811c9dc5)
  }
}

/** The strings of a head in wire order, for messages about them. */
export const HEAD_PARTS = [
  'the dubbo version',
  'the path',
  'the service version',
  'the method',
  'the parameter types',
] as const

/** The head whose five texts were found in `bytes` at these offsets from `start`; the sixth offset is its size. */
export function headOf(
  bytes: Buffer,
  start: number,
  texts: readonly string[],
  ends: readonly number[],
): RequestHead {
  const [dubbo = '', path = '', version = '', method = '', types = ''] = texts
  const [, pathAt = 0, versionAt = 0, methodAt = 0, typesAt = 0, size = 0] = ends
  return new RequestHead(
    { dubbo, path, version, method, types },
    { pathAt, versionAt, methodAt, typesAt, size },
    Uint8Array.prototype.slice.call(bytes, start, start + size),
  )
}

/** Two heads for each hash. A flood of unknown heads costs misses and never grows the table. */
export class HeadCache {
  readonly #heads: (RequestHead | undefined)[] = new Array<RequestHead | undefined>(HEAD_SETS * 2).fill(
    undefined,
  )
  readonly #view: ChunkView
  /** The head that was found last. */
  #last: RequestHead | undefined = undefined

  constructor(view: ChunkView) {
    this.#view = view
  }

  /** The head that was found last, if its bytes begin at `at` again. */
  same(bytes: Buffer, at: number, end: number): RequestHead | undefined {
    const last = this.#last
    return last?.compared.begin(this.#view.of(bytes), at, end) === true ? last : undefined
  }

  /** The head whose bytes begin at `at`, found under a hash that its own bytes led to. */
  find(hash: number, bytes: Buffer, at: number, end: number): RequestHead | undefined {
    const slot = (hash & (HEAD_SETS - 1)) * 2
    const first = this.#heads[slot]
    if (first === undefined) return undefined
    const view = this.#view.of(bytes)
    if (first.compared.begin(view, at, end)) {
      this.#last = first
      return first
    }
    const second = this.#heads[slot + 1]
    if (second === undefined || !second.compared.begin(view, at, end)) return undefined
    this.#heads[slot + 1] = first
    this.#heads[slot] = second
    this.#last = second
    return second
  }

  keep(hash: number, head: RequestHead): void {
    if (head.compared.size > CACHED_HEAD_BYTES_MAX) return
    const slot = (hash & (HEAD_SETS - 1)) * 2
    this.#heads[slot + 1] = this.#heads[slot]
    this.#heads[slot] = head
  }
}

/** Where a text begins that stands before `end`. */
function textAt(bytes: Uint8Array, end: number, text: string): number {
  const at = end - text.length
  return at >= 0 && sameAscii(bytes, at, text) ? at : -1
}

/**
 * How many types a descriptor holds (JVM specification §4.3.2: `I`, `[J`, `Ljava/lang/String;`), or -1 when it is
 * none. An empty descriptor announces no arguments.
 */
export function countTypes(types: string): number {
  let count = 0
  for (let i = 0; i < types.length; count++) {
    while (types[i] === '[') i++
    if (types[i] === 'L') {
      i = types.indexOf(';', i)
      if (i < 0) return -1
    } else if (i >= types.length || !PRIMITIVES.includes(types.charAt(i))) return -1
    i++
  }
  return count
}

const PRIMITIVES = 'VZBCDFIJS'
