/** Offsets in a metered module are found again in the module as it was given: as the engine tells them of both. */
import { describe, expect, test } from 'vitest'
import { type MeteredPlace, OriginalModule } from '../../../../core/guest/wasm/meter/original-module.ts'
import { type StackFrame, stackFrames } from '../../../../core/guest/wasm/stack-frames.ts'
import { moduleOfEverything } from '../../../fuzz/wasm-meter.ts'
import { seededRandom } from '../../../seeded-random.ts'
import { engineInstructions } from './instructions.ts'
import { callExport, meterBytes, meteredGuest, smallQuota } from './metered.ts'
import { ModuleBuilder } from './module-builder.ts'
import { op } from './op.ts'
import { RandomModule } from './random-module.ts'

const FUNCTIONS_OF_EVERYTHING = 6
const FUNCTIONS_OF_RANDOM = 4
const TRAPS_MIN = 15
const ROUNDS = 60
const FUEL = 2 ** 31 - 1

const quota = { ...smallQuota, exceptions: 'numbers' } as const

function randomModules(seed: number): RandomModule {
  const plain = [...engineInstructions()].filter(([name]) => !/^fd [0-9a-f]+ 2$/.test(name))
  return new RandomModule(
    seededRandom(seed),
    plain.map(([, signature]) => signature),
  )
}

function original(bytes: Uint8Array<ArrayBuffer>): {
  readonly module: OriginalModule
  readonly metered: Uint8Array
  readonly ends: Uint32Array
} {
  const { bytes: metered, layout } = meterBytes(bytes, quota)
  const module = new OriginalModule(Buffer.from(bytes), quota, layout)
  return { module, metered, ends: layout.functionEnds }
}

function framesOf(run: () => unknown): readonly StackFrame[] {
  try {
    run()
    return []
  } catch (error) {
    return stackFrames(error)
  }
}

function found(module: OriginalModule, places: readonly MeteredPlace[]): readonly (number | undefined)[] {
  const all = module.find(places, Number.POSITIVE_INFINITY)
  return places.map(({ offset }) => all.get(offset)?.offset)
}

/**
 * Of one function, the metered bytes without what was inserted: of those with one position the last is the one that
 * was there.
 */
function withoutInserted(bytes: Uint8Array<ArrayBuffer>, number: number): readonly (readonly number[])[] {
  const { module, metered, ends } = original(bytes)
  const places: MeteredPlace[] = []
  const before = ends[number - 1] ?? (ends[number] ?? 0) - 4_096
  for (let offset = Math.max(0, before); offset < (ends[number] ?? 0); offset++)
    places.push({ index: number, offset })
  const kept = new Map<number, number>()
  let last = -1
  for (const [i, position] of found(module, places).entries()) {
    expect(position).toBeGreaterThanOrEqual(last)
    last = position ?? -1
    kept.set(last, metered[places[i]?.offset ?? 0] ?? -1)
  }
  return [...kept]
}

describe('OriginalModule', () => {
  test('finds what the engine says of traps and calls in modules of all instructions', () => {
    const modules = randomModules(3)
    let traps = 0
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = modules.bytes()
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes))
      const expected = framesOf(() => callExport(exports, 'run', [round]))
      if (expected.length === 0) continue
      const guest = meteredGuest(bytes, quota)
      guest.refuel(FUEL)
      const frames = framesOf(() => guest.call('run', round))
      // A length beyond everything is stopped in the meter's own function first.
      if ((frames[0]?.index ?? 0) >= FUNCTIONS_OF_RANDOM) continue
      traps++
      expect(frames.map(({ index }) => index)).toEqual(expected.map(({ index }) => index))
      const { module } = original(bytes)
      expect(found(module, frames), `round ${round}`).toEqual(expected.map(({ offset }) => offset))
    }
    expect(traps).toBeGreaterThan(TRAPS_MIN)
  })

  test('finds each byte of the code of a module again, in order', () => {
    const bytes = moduleOfEverything()
    for (let number = 0; number < FUNCTIONS_OF_EVERYTHING; number++) {
      const kept = withoutInserted(bytes, number)
      const [[start = 0] = []] = kept
      expect(kept).toEqual(
        [...bytes.subarray(start, start + kept.length)].map((byte, i) => [start + i, byte]),
      )
      expect(bytes[start + kept.length - 1]).toBe(op.end)
    }
  })

  test('places a check of the fuel where the loop is that it stands in', () => {
    const builder = new ModuleBuilder()
    builder.exportedFunction('run', [], [], [op.nop, op.loop, op.empty, op.br, 0, op.end])
    const bytes = builder.bytes()
    const guest = meteredGuest(bytes, quota)
    guest.refuel(1_000)
    const frames = framesOf(() => guest.call('run'))
    const { module } = original(bytes)
    const [offset = 0] = found(module, frames)
    expect([...bytes.subarray(offset - 2, offset + 1)]).toEqual([op.loop, op.empty, op.br])
  })

  test('goes through no more code than it may, and finds nothing in functions that are not there', () => {
    const builder = new ModuleBuilder()
    builder.exportedFunction('run', [], [], [op.unreachable, ...new Array<number>(100).fill(op.nop)])
    const { module, ends } = original(builder.bytes())
    const offset = (ends[0] ?? 0) - 10
    expect(module.find([{ index: 0, offset }], 1_000).size).toBe(1)
    expect(module.find([{ index: 0, offset }], 100).size).toBe(0)
    expect(module.find([{ index: 1, offset }], 1_000).size).toBe(0)
  })

  test('does not go through a module whose types alone would take long', () => {
    const builder = new ModuleBuilder()
    for (let i = 0; i < 140; i++) builder.type(new Array<number>(990).fill(op.i32), [])
    expect(() => original(builder.bytes())).toThrow('more types than are looked through')
  })
})
