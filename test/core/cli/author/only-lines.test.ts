import { describe, expect, it } from 'vitest'
import { onlyLines } from '../../../../core/cli/author/only-lines.ts'
import { ModuleBuilder } from '../../guest/wasm/module-builder.ts'

function module(...customs: readonly string[]): Uint8Array<ArrayBuffer> {
  const builder = new ModuleBuilder()
  builder.exportedFunction('run', [], [], [])
  for (const name of customs) builder.custom(name, new Array<number>(200).fill(7))
  return builder.bytes()
}

describe('onlyLines()', () => {
  it('takes out what is for debuggers, and leaves lines, names and everything else', () => {
    const kept = ['.debug_line', '.debug_line_str', 'name', 'weir.manifest']
    const whole = module('.debug_info', ...kept, '.debug_str', '.debug_ranges')
    expect(Buffer.from(onlyLines(whole)).equals(module(...kept))).toBe(true)
  })

  it('leaves what is no whole module as it is', () => {
    const whole = module('.debug_info')
    for (const broken of [whole.subarray(0, whole.length - 1), new Uint8Array(0), Buffer.from('no module')]) {
      expect(Buffer.from(onlyLines(broken)).equals(broken)).toBe(true)
    }
  })
})
