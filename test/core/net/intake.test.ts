import { describe, expect, test } from 'vitest'
import { Intake } from '../../../core/net/intake.ts'

describe('Intake', () => {
  test.each([1, 311, 1_024, 1_025, 32_768, 32_769, 70_000])(
    'hands chunks of %i bytes out that later ones leave alone',
    (size) => {
      const intake = new Intake()
      const chunks: Buffer[] = []
      for (let i = 0; i < 100; i++) {
        intake.buffer.fill(i, 0, size)
        chunks.push(intake.take(size))
      }
      intake.buffer.fill(0xff)
      chunks.forEach((chunk, i) => {
        expect(chunk.equals(Buffer.alloc(size, i))).toBe(true)
      })
    },
  )

  test.each([
    [100, 16_384],
    [1_024, 16_384],
    [1_025, 65_536],
    [32_768, 65_536],
  ])('lets chunks of %i bytes share a block of %i', (size, blockBytes) => {
    const intake = new Intake()
    const [first, second] = [intake.take(size), intake.take(size)]
    expect(first.buffer).toBe(second.buffer)
    expect(first.buffer.byteLength).toBe(blockBytes)
  })

  test('gives a large chunk memory of its own size', () => {
    expect(new Intake().take(40_000).buffer.byteLength).toBe(40_000)
  })
})
