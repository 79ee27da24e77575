import { expect, test } from 'vitest'
import { FRAME_START_BYTES_MAX, FrameStart } from '../../../core/exchange/frame-start.ts'

test('add() keeps the first bytes and a copy of them', () => {
  const start = new FrameStart()
  const part = Buffer.alloc(3_000, 'a')
  start.add(part)
  part.fill('b')
  expect(start.full).toBe(false)
  start.add(part)
  start.add(part)
  expect(start.full).toBe(true)
  expect(start.bytes.toString()).toBe('a'.repeat(3_000) + 'b'.repeat(FRAME_START_BYTES_MAX - 3_000))
})
