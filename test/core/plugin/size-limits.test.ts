import { describe, expect, it } from 'vitest'
import { SizeLimits } from '../../../core/plugin/size-limits.ts'

const MIB = 1_048_576

describe('SizeLimits', () => {
  it('allows of each kind what may be run, and no more than size-max', () => {
    const sizes = new SizeLimits(16 * MIB)
    expect(sizes.of('wasm')).toEqual({ bytesMax: 16 * MIB, text: 'size-max allows 16777216' })
    expect(sizes.of('lua')).toEqual({ bytesMax: MIB, text: 'a .lua file may have 1048576' })
    expect(sizes.of('yaml').bytesMax).toBe(65_536)
    expect(new SizeLimits(100).of('js')).toEqual({ bytesMax: 100, text: 'size-max allows 100' })
  })

  it('allows what is left of all files together, for a small one behind a large one as well', () => {
    const sizes = new SizeLimits(100 * MIB)
    sizes.take(100 * MIB)
    sizes.take(100 * MIB)
    const { bytesMax, text } = sizes.of('wasm')
    expect([bytesMax, text]).toEqual([56 * MIB, 'of the 268435456 of all plugins there are left 58720256'])
    expect(sizes.of('lua').bytesMax).toBe(MIB)
    sizes.take(56 * MIB)
    expect(sizes.of('lua').bytesMax).toBe(0)
  })
})
