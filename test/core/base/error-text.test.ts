import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { errorText } from '../../../core/base/error-text.ts'

test.each([
  ['an error', new Error('out of luck'), 'out of luck'],
  ['what is no error', 7, '7'],
  [
    'an error of the network',
    Object.assign(new Error('connect ENOENT x'), { code: 'ENOENT' }),
    'connect ENOENT x',
  ],
])('errorText() of %s is what it says', (_what, error, text) => {
  expect(errorText(error)).toBe(text)
})

test.each([
  ['/nowhere/x', '/nowhere/x: there is no such file'],
  ['/etc/passwd/x', '/etc/passwd/x: a part of the path is no folder'],
])('errorText() of a file that cannot be read names it: %s', async (path, text) => {
  const error: unknown = await readFile(path).catch((caught: unknown) => caught)
  expect(errorText(error)).toBe(text)
})
