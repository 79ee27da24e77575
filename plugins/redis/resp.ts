/**
 * RESP: the bytes of the protocol (Redis serialization protocol, versions 2 and 3). Every value begins with a byte for
 * its type; lines end with CR LF.
 *
 *     +text  -error  :number  ,double  #boolean  (big number  _        a line
 *     $size  !size  =size                                            so many bytes and CR LF follow
 *     *count  ~count  >count  %pairs  |pairs                         so many values follow
 */

export const CR = 0x0d
export const LF = 0x0a
export const MINUS = 0x2d
export const DIGIT_0 = 0x30
export const DIGIT_9 = 0x39

export const SIMPLE = 0x2b
export const ERROR = 0x2d
export const INTEGER = 0x3a
export const DOUBLE = 0x2c
export const BOOLEAN = 0x23
export const BIG_NUMBER = 0x28
export const NULL = 0x5f
export const BULK = 0x24
export const BULK_ERROR = 0x21
export const VERBATIM = 0x3d
export const ARRAY = 0x2a
export const SET = 0x7e
export const PUSH = 0x3e
export const MAP = 0x25
export const ATTRIBUTE = 0x7c

/** The names of the types, for the property `type`. */
export const typeNames: ReadonlyMap<number, string> = new Map([
  [SIMPLE, 'simple'],
  [ERROR, 'error'],
  [INTEGER, 'integer'],
  [DOUBLE, 'double'],
  [BOOLEAN, 'boolean'],
  [BIG_NUMBER, 'big-number'],
  [NULL, 'null'],
  [BULK, 'bulk'],
  [BULK_ERROR, 'error'],
  [VERBATIM, 'verbatim'],
  [ARRAY, 'array'],
  [SET, 'set'],
  [PUSH, 'push'],
  [MAP, 'map'],
])

/** What stands behind the byte for the type: a line; the size of a string; the count of values. */
export type Shape = 'line' | 'size' | 'count'

/** The shape of values of a type; `undefined` when it is none. */
export function shapeOf(type: number): Shape | undefined {
  switch (type) {
    case SIMPLE:
    case ERROR:
    case INTEGER:
    case NULL:
    case DOUBLE:
    case BOOLEAN:
    case BIG_NUMBER:
      return 'line'
    case BULK:
    case BULK_ERROR:
    case VERBATIM:
      return 'size'
    case ARRAY:
    case SET:
    case PUSH:
    case MAP:
    case ATTRIBUTE:
      return 'count'
    default:
      return undefined
  }
}

/**
 * Whether what is here of a string ends with CR LF, as far as that is here: `missing` bytes of string and line end were to come,
 * the last of them before `end`. The server does not look; others that speak its protocol might go on elsewhere than we do.
 */
export function endsLine(chunk: Uint8Array, missing: number, end: number): boolean {
  const size = chunk.length
  if (end > size) return end > size + 1 || chunk[size - 1] === CR
  return chunk[end - 1] === LF && (missing === 1 || chunk[end - 2] === CR)
}

/** A byte as a letter for people; its number where it is none. */
export function shown(byte: number): string {
  return byte > 0x20 && byte < 0x7f
    ? `'${String.fromCharCode(byte)}'`
    : `0x${byte.toString(16).padStart(2, '0')}`
}
