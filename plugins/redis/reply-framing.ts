/**
 * ReplyFraming: walks the framing of replies, of RESP 2 and 3, however deep they are nested. It looks at every byte of it
 * once, wherever chunks end, and passes over the strings themselves. It says what it has found, and does nothing about it.
 */
import { DEPTH_MAX, ELEMENTS_MAX } from './limits.ts'
import { NumberLine } from './number-line.ts'
import { ReplyLevels } from './reply-levels.ts'
import { ATTRIBUTE, BULK_ERROR, CR, ERROR, endsLine, LF, MAP, type Shape, shapeOf, shown } from './resp.ts'

/** type => line => type; type => size => bytes => type; type => count => type. */
type State = 'type' | 'bytes' | Shape

/**
 * `line`: the chunk ends in the middle of one; `string`: the bytes of one begin that is not here as a whole, or with which the
 * reply is large; `value`: one of a large reply has ended, and others are to come; `reply`: it is whole; `malformed`: nothing
 * more can be read.
 */
export type ReplyFinding = 'more' | 'line' | 'string' | 'value' | 'reply' | 'malformed'

/** The shortest value: `_` and a line end. */
const VALUE_BYTES_MIN = 3

export class ReplyFraming {
  found: ReplyFinding = 'more'
  /** What is wrong, once something is. */
  problem = ''
  /** Whether a reply has begun. */
  begun = false
  /** Bytes of a string that are still to come, with its line end. */
  bytesLeft = 0
  /** The reply's own value, behind its attributes: its type, its offset, and the size of its text. */
  rootType = 0
  rootAt = 0
  rootSize = 0
  rootKnown = false
  readonly #number = new NumberLine()
  readonly #levels = new ReplyLevels()
  #state: State = 'type'
  /** The type of the value at hand. */
  #type = 0
  #lineEnding = false
  readonly #largeBytes: number

  /** A reply of more than so many bytes is large. */
  constructor(largeBytes: number) {
    this.#largeBytes = largeBytes
  }

  /** How many bytes more can be said to be needed. */
  get needed(): number {
    if (!this.begun) return 0
    return this.#state === 'bytes' ? Math.max(1, this.bytesLeft) : 1
  }

  /** Whether it is an error, as far as that is known. */
  get failed(): boolean {
    return this.rootType === ERROR || this.rootType === BULK_ERROR
  }

  /** Whether what is at hand is the reply's own value, and no element or attribute of it. */
  get atRoot(): boolean {
    return this.#levels.depth === 0
  }

  get inString(): boolean {
    return this.#state === 'bytes'
  }

  /** How many bytes of the reply have to come at least. */
  get restMin(): number {
    // Of each level one value has begun, but of the last one perhaps none.
    const { missing } = this.#levels
    if (this.#state === 'type') return (missing + 1) * VALUE_BYTES_MIN
    return (this.#state === 'bytes' ? this.bytesLeft : 1) + missing * VALUE_BYTES_MIN
  }

  /**
   * Reads on until something is found or the chunk is over; answers the offset behind what was read, and {@link found} says
   * what that was. `origin` is where in the chunk the reply begins, below 0 where that was in one before.
   */
  read(chunk: Buffer, start: number, origin: number): number {
    this.found = 'more'
    let at = start
    while (this.found === 'more' && at < chunk.length) at = this.#step(chunk, at, origin)
    return at
  }

  #step(chunk: Buffer, at: number, origin: number): number {
    switch (this.#state) {
      case 'type':
        return this.#typed(chunk[at] ?? 0, at, origin)
      case 'line':
        return this.#line(chunk, at, origin)
      case 'size':
        return this.#sized(chunk, this.#number.read(chunk, at), origin)
      case 'bytes':
        return this.#bytes(chunk, at, origin)
      case 'count':
        return this.#counted(this.#number.read(chunk, at), origin)
    }
  }

  /** Where in the chunk, from this offset on, the reply's own text ends; -1 where nothing of it is to come. */
  textEnd(chunk: Buffer, at: number): number {
    if (this.#levels.depth > 0) return -1
    if (this.#state === 'bytes') return Math.min(at + this.bytesLeft - 2, chunk.length)
    return this.#state === 'line' && !this.#lineEnding ? lineEnd(chunk, at) : -1
  }

  /** The same of text that was read already and is not whole. */
  heldTextEnd(bytes: Buffer, at: number): number {
    return this.#state === 'line' ? lineEnd(bytes, at) : Math.min(at + this.rootSize, bytes.length)
  }

  #typed(type: number, at: number, origin: number): number {
    if (!this.begun) {
      this.begun = true
      this.rootKnown = false
    }
    this.#type = type
    if (this.#levels.depth === 0 && type !== ATTRIBUTE) {
      this.rootType = type
      this.rootAt = at - origin
      this.rootSize = 0
      this.rootKnown = true
    }
    const state = shapeOf(type)
    if (state === undefined) this.#malformed(`a reply begins with ${shown(type)}`)
    else this.#state = state
    this.#number.begin()
    return at + 1
  }

  #line(chunk: Buffer, at: number, origin: number): number {
    for (let place = at; place < chunk.length; place++) {
      const byte = chunk[place]
      if (byte === LF && this.#lineEnding) {
        this.#lineEnding = false
        if (this.#levels.depth === 0) this.rootSize = place - origin - this.rootAt - 2
        this.#done(place + 1 - origin)
        return place + 1
      }
      if (byte === LF || this.#lineEnding) {
        this.#malformed('a line of a reply does not end with CR LF')
        return place
      }
      this.#lineEnding = byte === CR
    }
    this.found = 'line'
    return chunk.length
  }

  #sized(chunk: Buffer, at: number, origin: number): number {
    const { state, value } = this.#number
    if (state === 'more') return at
    if (state === 'bad' || value < -1) {
      this.#malformed('a string of a reply has no size')
    } else if (value === -1) {
      this.#done(at - origin)
    } else {
      if (this.#levels.depth === 0) this.rootSize = value
      this.bytesLeft = value + 2
      this.#state = 'bytes'
      if (at + this.bytesLeft > chunk.length || at - origin + value > this.#largeBytes) this.found = 'string'
    }
    return at
  }

  #bytes(chunk: Buffer, at: number, origin: number): number {
    const end = at + this.bytesLeft
    if (!endsLine(chunk, this.bytesLeft, end)) {
      this.#malformed('a string of a reply does not end with CR LF')
      return at
    }
    if (end > chunk.length) {
      this.bytesLeft = end - chunk.length
      return chunk.length
    }
    this.#done(end - origin)
    return end
  }

  #counted(at: number, origin: number): number {
    const { state, value } = this.#number
    if (state === 'more') return at
    const count = this.#type === MAP || this.#type === ATTRIBUTE ? value * 2 : value
    if (state === 'bad' || value < -1 || count > ELEMENTS_MAX) {
      this.#malformed('an aggregate of a reply has no count')
    } else if (count <= 0) {
      // An empty attribute is followed by its value like any other.
      if (this.#type === ATTRIBUTE) this.#state = 'type'
      else this.#done(at - origin)
    } else if (this.#levels.full) {
      this.#malformed(`a reply is nested deeper than ${DEPTH_MAX} levels`)
    } else {
      this.#levels.enter(count, this.#type === ATTRIBUTE)
      this.#state = 'type'
    }
    return at
  }

  /** A value has ended, and of the reply so many bytes are known. */
  #done(size: number): void {
    this.#state = 'type'
    const follows = this.#levels.leave()
    if (follows === 'value') {
      if (size > this.#largeBytes) this.found = 'value'
    } else if (follows === 'nothing') {
      this.begun = false
      this.found = 'reply'
    }
  }

  #malformed(problem: string): void {
    this.found = 'malformed'
    this.problem = problem
  }
}

function lineEnd(bytes: Buffer, at: number): number {
  const end = bytes.indexOf(CR, at)
  return end < 0 ? bytes.length : end
}
