/**
 * RequestHead: the five strings at the beginning of a request's body, and a bounded table of those seen lately.
 * Callers repeat the same few heads all day, so a head is recognized by its bytes: one comparison answers the
 * interface, the version, the method and their positions, and nothing is decoded or allocated.
 */
import { u8 } from '../../sdk/index.ts'

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
  /** A copy of the head's bytes, by which it is found again. */
  readonly bytes: Uint8Array

  constructor(texts: HeadTexts, offsets: HeadOffsets, bytes: Uint8Array) {
    this.dubbo = texts.dubbo
    this.path = texts.path
    this.version = texts.version
    this.method = texts.method
    this.types = texts.types
    this.operation = `${texts.path}/${texts.method}`
    this.argumentCount = countTypes(texts.types)
    this.offsets = offsets
    this.bytes = bytes
  }
}

/** Larger heads are decoded each time they are read. */
const CACHED_HEAD_BYTES_MAX = 512
/** 2,048 heads: two for each of 1,024 hashes. A flood of unknown heads costs misses and never grows the table. */
const SETS = 1024

export class HeadCache {
  readonly #heads: (RequestHead | undefined)[] = new Array<RequestHead | undefined>(SETS * 2).fill(undefined)

  /** The head whose bytes begin at `at`, found under a hash that its own bytes led to. */
  find(hash: number, bytes: Uint8Array, at: number, end: number): RequestHead | undefined {
    const slot = (hash & (SETS - 1)) * 2
    const first = this.#heads[slot]
    if (first !== undefined && begins(first.bytes, bytes, at, end)) return first
    const second = this.#heads[slot + 1]
    if (second === undefined || !begins(second.bytes, bytes, at, end)) return undefined
    this.#heads[slot + 1] = first
    this.#heads[slot] = second
    return second
  }

  keep(hash: number, head: RequestHead): void {
    if (head.bytes.length > CACHED_HEAD_BYTES_MAX) return
    const slot = (hash & (SETS - 1)) * 2
    this.#heads[slot + 1] = this.#heads[slot]
    this.#heads[slot] = head
  }
}

/** Compared from the end, where heads differ: the method and its types come last. */
function begins(head: Uint8Array, bytes: Uint8Array, at: number, end: number): boolean {
  if (head.length > end - at) return false
  for (let i = head.length - 1, j = at + i; i >= 0; i--, j--) if (u8(head, i) !== u8(bytes, j)) return false
  return true
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
