/** Metered code does what it did before, with every instruction that is accepted. */
import { describe, expect, test } from 'vitest'
import { meterModule } from '../../../../core/guest/wasm/meter/meter-module.ts'
import { meterExports } from '../../../../core/guest/wasm/meter/module-writer.ts'
import { bulkEffects, plainEffects, simdEffects } from '../../../../core/guest/wasm/meter/stack-effects.ts'
import { seededRandom } from '../../../seeded-random.ts'
import { engineInstructions } from './instructions.ts'
import { callExport, meterBytes, smallQuota } from './metered.ts'
import { ModuleBuilder } from './module-builder.ts'
import { op } from './op.ts'
import { RandomModule } from './random-module.ts'

const ROUNDS = 100
const FUEL = 2 ** 31 - 1

const instructions = engineInstructions()
/** In the engine, but refused: atomics, garbage collection and relaxed SIMD. */
const refused = [...instructions.keys()].filter((name) => {
  const code = instructions.get(name)?.code ?? []
  return meterModule(moduleOf(code), smallQuota).kind === 'refused'
})

function moduleOf(code: readonly number[]): Uint8Array<ArrayBuffer> {
  const builder = new ModuleBuilder()
  builder.memory(1)
  builder.passiveData([1])
  builder.function([], [], [op.unreachable, ...code, op.unreachable])
  return builder.bytes()
}

/** What `run` answers and leaves in memory, or how it traps. */
function outcome(bytes: Uint8Array<ArrayBuffer>, argument: number): string {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes))
  if (meterExports.refuel in exports) callExport(exports, meterExports.refuel, [FUEL])
  let answer: string
  try {
    answer = String(callExport(exports, 'run', [argument]))
  } catch (error) {
    answer = String(error)
  }
  const { memory } = exports
  if (!(memory instanceof WebAssembly.Memory)) expect.fail('there is no memory')
  return `${answer}; memory ${digest(new Uint32Array(memory.buffer))} of ${memory.buffer.byteLength}`
}

function digest(words: Uint32Array): number {
  let sum = 0
  for (const word of words) sum = (Math.imul(sum, 31) + word) | 0
  return sum
}

describe('instructions', () => {
  test('the engine knows more than four hundred over numbers, and only relaxed SIMD is refused', () => {
    expect(instructions.size).toBeGreaterThan(400)
    expect(refused.every((name) => /^fd [89a-f][0-9a-f] 2$/.test(name))).toBe(true)
    expect(refused.length).toBeLessThanOrEqual(20)
  })

  test('what the meter thinks of the stack is what the engine thinks', () => {
    for (const [name, { code, params, results }] of instructions) {
      const [opcode = 0, second = 0, third = 0] = code
      if (refused.includes(name)) continue
      const number = second < 0x80 ? second : (second & 0x7f) | (third << 7)
      const behind = opcode === op.bulk ? bulkEffects[number] : simdEffects[number]
      const effect = opcode === op.bulk || opcode === op.simd ? behind : plainEffects[opcode]
      expect(effect, name).toBe(results.length - params.length)
    }
  })

  test('random modules do the same metered, and every instruction is among them', () => {
    const usable = [...instructions]
      .filter(([name]) => !refused.includes(name))
      .map(([, signature]) => signature)
    const modules = new RandomModule(seededRandom(7), usable)
    let answered = 0
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = modules.bytes()
      expect(WebAssembly.validate(bytes)).toBe(true)
      const expected = outcome(bytes, round)
      expect(outcome(meterBytes(bytes).bytes, round), `round ${round}`).toBe(expected)
      if (!expected.includes('Error')) answered++
    }
    expect(modules.used).toBe(usable.length)
    expect(answered).toBeGreaterThan(ROUNDS / 4)
  })
})
