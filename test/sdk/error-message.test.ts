import { expect, test } from 'vitest'
import { errorMessage } from '../../sdk/index.ts'

test.each([
  [new RangeError('too far'), 'too far'],
  ['a text', 'a text'],
  [undefined, 'undefined'],
  [Symbol('sign'), 'Symbol(sign)'],
])('what is said by %s', (thrown, message) => {
  expect(errorMessage(thrown)).toBe(message)
})
