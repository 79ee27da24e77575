import { describe, expect, it } from 'vitest'
import { namedFile } from '../../../core/plugin/plugin-name.ts'

describe('namedFile()', () => {
  it.each([
    ['tag.wasm', 'tag', 'wasm'],
    ['tag-caller_2.lua', 'tag-caller_2', 'lua'],
    ['Tag.js', 'Tag', 'js'],
    ['tag.codec.lua', 'tag.codec', 'lua'],
    ['tag.codec.wasm', 'tag.codec', 'wasm'],
    ['tag.codec.yaml', 'tag.codec', 'yaml'],
  ])('takes %s for the plugin %s', (file, name, runtime) => {
    expect(namedFile(file)).toEqual({ kind: 'plugin', name, runtime })
  })

  it.each([
    ...[
      '.tag.lua',
      '.tag.lua.swp',
      '.#tag.lua',
      '#tag.lua#',
      'tag.lua~',
      'tag.lua.tmp',
      'tag.lua.swx',
      '4913',
    ],
    ...[
      'README.md',
      'tag.plugin.yaml',
      'tag.codec.plugin.yaml',
      'tag.yaml',
      'tag.vectors.yaml',
      'tag',
      '.lua',
      'tag.lua.bak',
      'tag.LUA',
      'lua',
    ],
  ])('passes over %s', (file) => {
    expect(namedFile(file)).toEqual({ kind: 'other' })
  })

  it.each([
    '1tag.lua',
    'my tag.wasm',
    'a.b.lua',
    'a.b.codec.lua',
    '1.codec.lua',
    `${'a'.repeat(64)}.lua`,
    'é.lua',
    'a\n.lua',
  ])('says that %j is no name', (file) => {
    expect(namedFile(file)).toMatchObject({ kind: 'problem' })
  })
})
