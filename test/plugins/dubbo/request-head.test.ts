/** Descriptors: how many arguments they announce. */
import { expect, test } from 'vitest'
import { countTypes } from '../../../plugins/dubbo/request-head.ts'

test.each([
  ['', 0],
  ['I', 1],
  ['IJ', 2],
  ['[I', 1],
  ['[[Ljava/lang/String;', 1],
  ['Ljava/lang/String;[Ljava/lang/Object;Z', 3],
  ['VZBCDFIJS', 9],
  ['L', -1],
  ['Ljava/lang/String', -1],
  ['[', -1],
  ['I[', -1],
  ['X', -1],
  ['java.lang.String', -1],
  ['I;', -1],
])('the descriptor "%s" announces %i arguments', (types, count) => {
  expect(countTypes(types)).toBe(count)
})
