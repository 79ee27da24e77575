/** The same protocol in every way there is, each of a size that is read at once. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

test.each([
  ['plugins/awesomerpc.codec.lua', 100],
  ['javascript/awesomerpc.codec.js', 100],
  ['assembly/awesomerpc.ts', 100],
  ['rust/awesomerpc.rs', 100],
  ['c/awesomerpc.c', 100],
  ['go/awesomerpc.go', 100],
  ['awesomerpc.codec.yaml', 40],
])('examples/awesomerpc/%s has at most %i lines', (file, most) => {
  const lines = readFileSync(`examples/awesomerpc/${file}`, 'utf8').trimEnd().split('\n')
  expect(lines.length).toBeLessThanOrEqual(most)
})
