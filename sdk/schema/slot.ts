/**
 * Slot: a number that has a name: a whole field, or some bits of one. Wide ones are two halves of 32 bits. What it says
 * is read and set as a decimal number, or as the word that the declaration gives the number.
 */
import { readHigh, readLow, varintHigh, varintLow, writeHalves } from '../wire-number.ts'
import type { BitsDeclaration, FieldDeclaration } from './declaration.ts'
import type { Field } from './field.ts'
import type { Layout } from './layout.ts'

const DIGITS = /^-?[0-9]{1,20}$/

export class Slot {
  readonly name: string
  readonly field: Field
  readonly declared: FieldDeclaration | BitsDeclaration
  /** The lowest of its bits, and how many they are. */
  readonly shift: number
  readonly bits: number
  readonly #words: ReadonlyMap<string, string>
  readonly #numbers: ReadonlyMap<string, string>
  readonly #mask: number

  constructor(
    name: string,
    field: Field,
    declared: FieldDeclaration | BitsDeclaration,
    shift: number,
    bits: number,
  ) {
    this.name = name
    this.field = field
    this.declared = declared
    this.shift = shift
    this.bits = bits
    this.#mask = bits >= 32 ? 0xffff_ffff : 2 ** bits - 1
    const names = Object.entries(declared.names ?? {})
    this.#words = new Map(names)
    this.#numbers = new Map(names.map(([number, word]) => [word, number]))
  }

  /** The name under which filters read it; `undefined` when they do not. */
  get property(): string | undefined {
    const { is, property } = this.declared
    if (property === false) return undefined
    const hidden = is === 'magic' || is === 'length' || is === 'checksum' || is === 'reserved'
    return property ?? (hidden ? undefined : this.name)
  }

  /** Its lower 32 bits in the frame whose parts' sizes are loaded. */
  low(layout: Layout, bytes: Buffer, start: number): number {
    const { field } = this
    const at = layout.position(field, start)
    if (field.form === 'varint') return varintLow(bytes, at, layout.sizes[field.part] ?? 0)
    const low = readLow(bytes, at, field.width, field.little)
    return this.shift === 0 && this.bits >= 32 ? low : ((low >>> this.shift) & this.#mask) >>> 0
  }

  high(layout: Layout, bytes: Buffer, start: number): number {
    const { field } = this
    const at = layout.position(field, start)
    if (field.form === 'varint') return varintHigh(bytes, at, layout.sizes[field.part] ?? 0)
    return this.bits <= 32 ? 0 : readHigh(bytes, at, field.width, field.little)
  }

  /** What it says, as a text. */
  read(layout: Layout, bytes: Buffer, start: number): string {
    const high = this.high(layout, bytes, start)
    const low = this.low(layout, bytes, start)
    const text =
      this.field.signed && this.bits === this.field.width * 8 ? this.#signed(high, low) : unsigned(high, low)
    return this.#words.size === 0 ? text : (this.#words.get(text) ?? text)
  }

  /** The number that a text means here; `undefined` when it is none that fits. */
  parse(text: string): bigint | undefined {
    const digits = this.#numbers.get(text) ?? text
    if (!DIGITS.test(digits)) return undefined
    const value = BigInt(digits)
    const span = 1n << BigInt(this.bits)
    const lowest = this.field.signed ? -(span / 2n) : 0n
    const highest = this.field.signed ? span / 2n : span
    return value >= lowest && value < highest ? BigInt.asUintN(64, value) & (span - 1n) : undefined
  }

  /** What would have fitted, for people. */
  get range(): string {
    if (this.#numbers.size > 0) return `one of ${[...this.#numbers.keys()].join(', ')}, or a number`
    return `a number of ${this.bits} bits`
  }

  /** Writes a number of fixed width, or its bits among the others. */
  write(bytes: Buffer, at: number, high: number, low: number): void {
    const { field } = this
    if (this.bits === field.width * 8) {
      writeHalves(bytes, at, field, high, low)
      return
    }
    const kept = readLow(bytes, at, field.width, field.little) & ~(this.#mask << this.shift)
    writeHalves(bytes, at, field, 0, (kept | ((low & this.#mask) << this.shift)) >>> 0)
  }

  #signed(high: number, low: number): string {
    if (this.bits > 32) return String(BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low)))
    return String((low << (32 - this.bits)) >> (32 - this.bits))
  }
}

function unsigned(high: number, low: number): string {
  return high === 0 ? String(low) : String((BigInt(high) << 32n) | BigInt(low))
}
