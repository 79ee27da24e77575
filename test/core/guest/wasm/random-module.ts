/**
 * Random valid modules: functions over five locals, one of each number type and a vector, whose statements compute,
 * store, branch, loop a few rounds and call earlier functions. NaNs are made the same everywhere, because the
 * specification (§4.3.3) lets their bits differ between two compilations of the same code.
 */
import { signed, signed64, unsigned } from './encode.ts'
import { ModuleBuilder } from './module-builder.ts'
import { op } from './op.ts'
import type { Signature } from './signatures.ts'

const VALUES: readonly number[] = [op.i32, op.i64, op.f32, op.f64, op.v128]
/** The locals of each function: its parameter, then one of each type, then a counter for each depth of loops. */
const LOCALS: readonly number[] = [...VALUES, op.i32, op.i32, op.i32]
const FUNCTIONS = 4
const DEPTH_MAX = 3
const COUNTER = VALUES.length + 1
/** Divisions, remainders and truncations, which trap on many operands, and so end a run; memory.init after a drop. */
const TRAPPING: ReadonlySet<number> = new Set([
  0x6d, 0x6e, 0x6f, 0x70, 0x7f, 0x80, 0x81, 0x82, 0xa8, 0xa9, 0xaa, 0xab, 0xae, 0xaf, 0xb0, 0xb1,
])
const MEMORY_INIT = 8

export class RandomModule {
  readonly #random: () => number
  readonly #byResult = new Map<number, Signature[]>()
  readonly #withoutResult: Signature[] = []
  readonly #chosen = new Set<readonly number[]>()

  constructor(random: () => number, instructions: Iterable<Signature>) {
    this.#random = random
    for (const type of VALUES) this.#byResult.set(type, [])
    for (const signature of instructions) {
      const [result] = signature.results
      if (result === undefined) this.#withoutResult.push(signature)
      else this.#byResult.get(result)?.push(signature)
    }
  }

  /** How many different instructions were used so far. */
  get used(): number {
    return this.#chosen.size
  }

  /** Exports `run` from i32 to i64, and `memory`. */
  bytes(): Uint8Array<ArrayBuffer> {
    const builder = new ModuleBuilder()
    builder.memory(1, 2)
    builder.export('memory', 2, 0)
    builder.passiveData([1, 2, 3, 4, 5, 6, 7, 8])
    for (let i = 0; i < FUNCTIONS; i++) {
      const code = [...this.#statements(i, DEPTH_MAX), ...this.#value(op.i64, 2)]
      builder.function([op.i32], [op.i64], code, LOCALS)
    }
    builder.export('run', 0, FUNCTIONS - 1)
    return builder.bytes()
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count)
  }

  #statements(functions: number, depth: number): number[] {
    const code: number[] = []
    const count = 3 + this.#below(6)
    for (let i = 0; i < count; i++) for (const byte of this.#statement(functions, depth)) code.push(byte)
    return code
  }

  #statement(functions: number, depth: number): number[] {
    const kind = this.#below(depth > 0 ? 10 : 5)
    if (kind === 5) return this.#loop(depth)
    if (kind === 6)
      return [...this.#value(op.i32, 1), op.if, op.empty, ...this.#statements(0, depth - 1), op.end]
    if (kind === 7) {
      const otherwise = [op.else, ...this.#statements(functions, depth - 1), op.end]
      return [
        ...this.#value(op.i32, 1),
        op.if,
        op.empty,
        ...this.#statements(functions, depth - 1),
        ...otherwise,
      ]
    }
    if (kind === 8) return this.#switch(functions, depth)
    if (kind === 9 && functions > 0) {
      return [
        ...this.#value(op.i32, 1),
        op.call,
        this.#below(functions),
        op.localSet,
        1 + VALUES.indexOf(op.i64),
      ]
    }
    if (kind === 4 && this.#withoutResult.length > 0)
      return this.#apply(this.#pickRarelyTrapping(this.#withoutResult), 2)
    const type = this.#pick(VALUES)
    return [...this.#value(type, 3), op.localSet, 1 + VALUES.indexOf(type)]
  }

  /** A few rounds, counted in a local that belongs to this depth; without calls, so that rounds do not multiply. */
  #loop(depth: number): number[] {
    const counter = COUNTER + depth - 1
    const rounds = 1 + this.#below(5)
    const leave = [...this.#value(op.i32, 1), op.brIf, 1]
    const inner = this.#statements(0, depth - 1)
    const again = [op.localGet, counter, op.i32Const, 1, op.i32Sub, op.localTee, counter, op.brIf, 0]
    const loop = [op.loop, op.empty, ...inner, ...(this.#below(3) === 0 ? leave : []), ...again, op.end]
    return [op.i32Const, rounds, op.localSet, counter, op.block, op.empty, ...loop, op.end]
  }

  #switch(functions: number, depth: number): number[] {
    const cases = 1 + this.#below(3)
    const code: number[] = []
    for (let i = 0; i <= cases; i++) code.push(op.block, op.empty)
    code.push(...this.#value(op.i32, 1), op.brTable, cases)
    for (let i = 0; i < cases; i++) code.push(this.#below(cases + 1))
    code.push(this.#below(cases + 1), op.end)
    for (let i = 0; i < cases; i++) code.push(...this.#statements(functions, depth - 1), op.end)
    return code
  }

  #value(type: number, depth: number): number[] {
    const choices = this.#byResult.get(type) ?? []
    if (depth === 0 || choices.length === 0 || this.#below(5) === 0) return this.#leaf(type)
    return [...this.#apply(this.#pickRarelyTrapping(choices), depth - 1), ...this.#sameNan(type)]
  }

  #apply(signature: Signature, depth: number): number[] {
    this.#chosen.add(signature.code)
    return [...signature.params.flatMap((param) => this.#operand(param, depth)), ...signature.code]
  }

  /** Operands are often small, so that accesses stay within memory and few of them trap. */
  #operand(type: number, depth: number): number[] {
    const value = this.#value(type, depth)
    if (type !== op.i32 || this.#below(10) === 0) return value
    return [...value, op.i32Const, ...signed(this.#below(2) === 0 ? 0x7 : 0x3fff), 0x71]
  }

  #leaf(type: number): number[] {
    if (this.#below(3) > 0) return [op.localGet, 1 + VALUES.indexOf(type)]
    const bits = Math.floor(this.#random() * 2 ** 32)
    if (type === op.i32) return [op.i32Const, ...signed(bits)]
    if (type === op.i64) return [op.i64Const, ...signed64(BigInt(bits) * 0x1_0000_0001n)]
    if (type === op.f32)
      return [0x43, bits & 0xff, (bits >>> 8) & 0xff, (bits >>> 16) & 0xff, 0x3f + this.#below(4)]
    if (type === op.f64) return [0x44, bits & 0xff, 1, 2, 3, 4, 5, 0xe0 + this.#below(16), 0x3f]
    return [op.simd, 0x0c, ...Array.from({ length: 16 }, () => this.#below(0x7f))]
  }

  /** Replaces a NaN by zero; in vectors, lanes that do not equal themselves. */
  #sameNan(type: number): number[] {
    const own = 1 + VALUES.indexOf(type)
    if (type === op.v128) {
      const ones = (compare: number) => [
        op.localTee,
        own,
        op.localGet,
        own,
        op.localGet,
        own,
        op.simd,
        ...unsigned(compare),
        op.simd,
        0x4e,
      ]
      return [...ones(0x41), ...ones(0x47)]
    }
    if (type !== op.f32 && type !== op.f64) return []
    const zero = type === op.f32 ? [0x43, 0, 0, 0, 0] : [0x44, 0, 0, 0, 0, 0, 0, 0, 0]
    const equal = type === op.f32 ? 0x5b : 0x61
    return [op.localTee, own, ...zero, op.localGet, own, op.localGet, own, equal, op.select]
  }

  /** One in two dozen of the trapping ones is taken as it comes. */
  #pickRarelyTrapping(signatures: readonly Signature[]): Signature {
    for (;;) {
      const signature = this.#pick(signatures)
      const [opcode = 0, second] = signature.code
      const trapping = TRAPPING.has(opcode) || (opcode === op.bulk && second === MEMORY_INIT)
      if (!trapping || this.#below(24) === 0) return signature
    }
  }

  #pick<T>(items: readonly T[]): T {
    const item = items[this.#below(items.length)]
    if (item === undefined) throw new RangeError('nothing to pick from')
    return item
  }
}
