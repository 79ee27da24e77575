import { expect, test } from 'vitest'
import { hint, nearest } from '../../sdk/index.ts'

test('nearest() finds what a slip of the finger meant', () => {
  expect(nearest('demmo', ['other', 'demo'])).toBe('demo')
  expect(nearest('dmeo', ['other', 'demo'])).toBe('demo')
  expect(nearest('idle_timeout', ['idle-timeout'])).toBe('idle-timeout')
})

test('nearest() finds nothing when nothing is near', () => {
  expect(nearest('payments', ['demo', 'echo'])).toBeUndefined()
  expect(nearest('x'.repeat(10_000), ['demo'])).toBeUndefined()
})

test('hint() names the nearest and lists a few', () => {
  expect(hint('demmo', ['demo', 'echo'])).toBe(', did you mean "demo"? (known: demo, echo)')
  expect(hint('payments', ['demo', 'echo'])).toBe('; known: demo, echo')
  expect(hint('demo', [])).toBe('; there are none')
})
