/**
 * The fuzz target of the WebAssembly meter: valid modules, damaged in a few bytes. Whatever comes in, the meter
 * answers; it accepts only what the engine accepts; what it writes is valid, the same every time, and ends with its
 * fuel when it is run.
 */
import { meterModule } from '../../core/guest/wasm/meter/meter-module.ts'
import { meterExports } from '../../core/guest/wasm/meter/module-writer.ts'
import type { MeterQuota } from '../../core/guest/wasm/meter/quota.ts'
import { engineInstructions } from '../core/guest/wasm/instructions.ts'
import { ModuleBuilder } from '../core/guest/wasm/module-builder.ts'
import { op } from '../core/guest/wasm/op.ts'
import { RandomModule } from '../core/guest/wasm/random-module.ts'
import { seededRandom } from '../seeded-random.ts'

/** Inputs made of one valid module. */
const INPUTS_PER_MODULE = 64
const MUTATIONS_MAX = 4
const FUEL = 100_000
/** A run of so much fuel that takes longer is a finding; it takes less than a millisecond. */
const RUN_MS_MAX = 500
/** Bytes that mean something in many places: section ids, types, prefixes, LEB128 that goes on. */
const TELLING: readonly number[] = [
  0, 1, 2, 3, 0x0b, 0x40, 0x60, 0x70, 0x7f, 0x80, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,
]

const quota: MeterQuota = {
  moduleBytesMax: 1 << 20,
  functionsMax: 1000,
  functionBytesMax: 1 << 20,
  memoryPagesMax: 16,
  tableElementsMax: 1000,
  imports: [],
  exceptions: 'numbers',
}

export class WasmMeterTarget {
  readonly name = 'wasm-meter'
  readonly #random: () => number
  readonly #modules: RandomModule
  #base: Uint8Array<ArrayBuffer> = new Uint8Array(0)
  #count = 0

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    const plain = [...engineInstructions()].filter(([name]) => !/^fd [0-9a-f]+ 2$/.test(name))
    this.#modules = new RandomModule(
      this.#random,
      plain.map(([, signature]) => signature),
    )
  }

  /** The next input. */
  next(): Buffer<ArrayBuffer> {
    if (this.#count++ % INPUTS_PER_MODULE === 0) {
      this.#base = this.#below(3) > 0 ? this.#modules.bytes() : moduleOfEverything()
    }
    const bytes = [...this.#base]
    for (let i = this.#below(MUTATIONS_MAX + 1); i > 0; i--) this.#mutate(bytes)
    const copy = new Uint8Array(bytes)
    return Buffer.from(copy.buffer)
  }

  /** `undefined` when every promise held; otherwise which did not. */
  exercise(input: Buffer<ArrayBuffer>): string | undefined {
    const bytes = new Uint8Array(input)
    const result = meterModule(bytes, quota)
    if (result.kind === 'refused') {
      if (result.offset < 0 || result.offset > bytes.length)
        return 'the refusal is about a place that is not there'
      return result.text.length > 1000 ? 'the refusal is too long' : undefined
    }
    if (!WebAssembly.validate(bytes)) return 'it was accepted, but the engine does not take it'
    if (!WebAssembly.validate(result.bytes)) return 'what was written is not valid'
    const again = meterModule(bytes, quota)
    if (again.kind === 'refused' || Buffer.compare(again.bytes, result.bytes) !== 0)
      return 'it came out different'
    return runOut(result.bytes)
  }

  #mutate(bytes: number[]): void {
    const at = 8 + this.#below(bytes.length - 8)
    const value = this.#below(2) === 0 ? this.#below(256) : (TELLING[this.#below(TELLING.length)] ?? 0)
    const kind = this.#below(8)
    if (kind < 5) bytes[at] = value
    else if (kind === 5) bytes.splice(at, 1 + this.#below(4))
    else if (kind === 6) bytes.splice(at, 0, value)
    else bytes.length = at
    if (bytes.length < 9) bytes.push(0)
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count)
  }
}

/** Runs every export with little fuel; traps are fine, and so is memory that the machine does not have. */
function runOut(bytes: Uint8Array<ArrayBuffer>): string | undefined {
  let exports: Readonly<Record<string, unknown>>
  try {
    exports = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports
  } catch {
    return undefined
  }
  const refuel = exports[meterExports.refuel]
  if (typeof refuel !== 'function') return 'there is no way to refuel'
  for (const [name, exported] of Object.entries(exports)) {
    if (typeof exported !== 'function' || name === meterExports.refuel) continue
    refuel(FUEL)
    const start = performance.now()
    try {
      exported(0)
    } catch {
      // A trap, or an argument of another type.
    }
    if (performance.now() - start > RUN_MS_MAX) return `${name} ran for long with little fuel`
  }
  return undefined
}

/** A module with one of each: sections, segments of all forms, a start function, exceptions, tail calls. */
export function moduleOfEverything(): Uint8Array<ArrayBuffer> {
  const builder = new ModuleBuilder()
  const type = builder.type([op.i32], [op.i32])
  builder.table(op.funcref, 3, 20)
  builder.table(op.externref, 0)
  builder.memory(1)
  builder.tag([op.i32])
  builder.global(op.i32, true, [op.i32Const, 5, op.i32Const, 6, op.i32Add])
  builder.global(op.funcref, false, [op.refFunc, 0])
  const call = [op.localGet, 0, op.i32Const, 0, op.callIndirect, type, 0]
  builder.functionOfType(type, [op.localGet, 0, op.globalGet, 0, op.i32Add, op.globalSet, 0, op.globalGet, 0])
  builder.functionOfType(type, [op.block, op.i32, op.tryTable, op.i32, 1, 0, 0, 0, ...call, op.end, op.end])
  builder.functionOfType(type, [op.localGet, 0, op.returnCall, 1])
  const grow = [op.refNull, op.funcref, op.localGet, 0, op.bulk, 15, 0, op.drop]
  const init = [op.i32Const, 0, op.i32Const, 0, op.i32Const, 1, op.bulk, 12, 1, 0, op.bulk, 13, 1]
  builder.functionOfType(type, [...grow, ...init, op.localGet, 0, op.memoryGrow, 0, op.throw, 0])
  const choose = [op.localGet, 0, op.localGet, 0, op.i32Const, 1, 0x1c, 1, op.i32]
  builder.functionOfType(type, [
    op.loop,
    op.i32,
    ...choose,
    op.localTee,
    0,
    op.brIf,
    0,
    op.localGet,
    0,
    op.end,
  ])
  builder.start(builder.function([], [], [op.i32Const, 1, op.call, 2, op.drop]))
  for (let i = 0; i < 5; i++) builder.export(`f${i}`, 0, i)
  builder.export('memory', 2, 0)
  builder.export('table', 1, 1)
  builder.export('global', 3, 0)
  builder.export('tag', 4, 0)
  builder.element(0, [0, 1])
  builder.rawElement([1, 0, 1, 2])
  builder.rawElement([2, 0, op.i32Const, 0, op.end, 0, 1, 3])
  builder.rawElement([3, 0, 1, 4])
  builder.rawElement([4, op.i32Const, 0, op.end, 1, op.refFunc, 0, op.end])
  builder.rawElement([5, op.externref, 1, op.refNull, op.externref, op.end])
  builder.rawElement([6, 0, op.i32Const, 0, op.end, op.funcref, 1, op.refNull, op.funcref, op.end])
  builder.rawElement([7, op.funcref, 1, op.refFunc, 2, op.end])
  builder.data(8, [1, 2, 3])
  builder.passiveData([4, 5, 6])
  builder.custom('name', [1, 4, 1, 0, 1, 0x66])
  builder.custom('weir.manifest', [...Buffer.from('name: everything')])
  return builder.bytes()
}
