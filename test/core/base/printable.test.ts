import { describe, expect, it } from 'vitest'
import { printable } from '../../../core/base/printable.ts'
import { pluginTable } from '../../../core/cli/plugin-table.ts'

const OBEYED = /[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/

describe('printable()', () => {
  it('writes out what a terminal would obey, and keeps lines', () => {
    expect(printable('a\x1b[31m\n\tb\x9b2J\r\nc\u202e\0', 100)).toBe(
      'a\\u001b[31m\n  b\\u009b2J\nc\\u202e\\u0000',
    )
  })

  it('cuts what is long, and leaves no half of a letter', () => {
    expect(printable('x'.repeat(10), 4)).toBe('xxxx…')
    expect(printable('xxx😀', 4)).toBe('xxx\ufffd…')
  })
})

describe('pluginTable()', () => {
  it('has a plugin write nothing but letters, whatever its version and its errors are', () => {
    const message = 'tag.lua:1: \x1b]0;owned\x07\nnext\x9b2J'
    const shown = pluginTable({
      plugins: [{ name: 'tag', version: '1\x1b[2J', lastError: { message }, lastFailure: { message } }],
    })
    expect(shown).toContain('tag.lua:1: \\u001b]0;owned')
    expect(shown).not.toMatch(OBEYED)
  })
})
