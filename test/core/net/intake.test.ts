import { describe, expect, test } from 'vitest'
import { Intake } from '../../../core/net/intake.ts'

describe('Intake', () => {
  test.each([1, 311, 2_047, 2_048, 70_000])(
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

  test('lets small chunks share a block that is not much larger than they are', () => {
    const intake = new Intake()
    const [first, second] = [intake.take(100), intake.take(100)]
    expect(first.buffer).toBe(second.buffer)
    expect(first.buffer.byteLength).toBeLessThanOrEqual(16_384)
  })

  test('gives a large chunk memory of its own size', () => {
    expect(new Intake().take(10_000).buffer.byteLength).toBe(10_000)
  })
})
