import { expect, test } from 'vitest'
import { BodyFlow } from '../../../core/exchange/body-flow.ts'
import { HeldBytes } from '../../../core/net/held-bytes.ts'
import { Message, type PropertyReader } from '../../../sdk/index.ts'

const reader: PropertyReader = {
  protocol: 'none',
  get: () => undefined,
  keys: () => [],
  operation: () => '',
  body: () => Buffer.alloc(0),
}

test('pieces of one byte that wait count as what they occupy, so that a client of many is soon read no further', () => {
  let disables = 0
  const source = {
    readDisable: () => {
      disables++
    },
    readEnable: () => {
      disables--
    },
  }
  const held = new HeldBytes(source, { highWatermarkBytes: 100_000, lowWatermarkBytes: 50_000 })
  const beginning = new Message('request', reader, Buffer.from('x'), 0, 1, 1)
  beginning.rest = 10_000
  const flow = new BodyFlow(beginning, held)
  for (let sent = 0; sent < 1_000; sent++)
    flow.add(new Message('stream-data', reader, Buffer.from('x'), 0, 1, 0))
  expect(disables).toBe(1)
  flow.discard()
  expect(disables).toBe(0)
  expect(held.size).toBe(0)
})
