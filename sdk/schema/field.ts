/**
 * Field: one piece of a frame as it was compiled: what it is on the wire, and where it begins. Fields of a fixed size are
 * found by counting from the end of the part of any size that is in front of them.
 */
import type { FieldDeclaration } from './declaration.ts'

/**
 * `number` and `fixed` have a size of their own. The others are parts, whose size differs from frame to frame: `varint`
 * is a number all the same; `word` stands in lines alone.
 */
export type FieldForm = 'number' | 'fixed' | 'varint' | 'sized' | 'pairs' | 'json' | 'body' | 'word'

/** A width of numbers that tell sizes: 0 is a variable one. */
export type PrefixWidth = 0 | 1 | 2 | 3 | 4

export interface Field {
  readonly name: string
  /** Its place in the declaration. */
  readonly index: number
  readonly form: FieldForm
  /** Bytes of what is of a fixed size; else 0. */
  readonly width: number
  readonly little: boolean
  readonly signed: boolean
  /** Whether its bytes are read as a text; otherwise as hex digits. */
  readonly text: boolean
  /** How many parts of any size are in front of it, and how many bytes behind the last of them it begins. */
  readonly part: number
  readonly offset: number
  readonly declared: FieldDeclaration
}

/** A place in a frame: so many bytes behind so many parts. */
export interface Edge {
  readonly part: number
  readonly offset: number
}

export function isPart(form: FieldForm): boolean {
  return form !== 'number' && form !== 'fixed'
}

/** The largest number of so many bytes; 2^64 - 1 is not exact, and only compared with. */
export function largest(width: number): number {
  return 2 ** (8 * width) - 1
}

export function prefixWidth(word: string | undefined): PrefixWidth | undefined {
  switch (word) {
    case 'varint':
      return 0
    case 'u8':
      return 1
    case 'u16':
      return 2
    case 'u24':
      return 3
    case 'u32':
      return 4
    default:
      return undefined
  }
}
