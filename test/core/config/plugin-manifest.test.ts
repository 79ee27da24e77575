import { expect, test } from 'vitest'
import { readManifest } from '../../../core/config/plugin-manifest.ts'

test('what a plugin carries itself has no order, and its mistakes are always said in one', () => {
  const said = [
    { optons: 1, verson: 2 },
    { verson: 2, optons: 1 },
  ].map((each) => readManifest(each, 'a', 'a.lua'))
  expect(said[0]).toMatch(/^a\.lua: its manifest: optons: .*"options"\?.*; verson: .*"version"\?/)
  expect(said[1]).toBe(said[0])
})

test('what a plugin has against its own schema is told with its line, but for what others may give', () => {
  const read = (config: string) =>
    readManifest(
      `options:
  required: [who, many]
  properties: { who: { type: string }, many: { type: array, items: { type: integer } } }
  additionalProperties: false
config: ${config}
`,
      'a',
      'a.plugin.yaml',
    )
  expect(read('{ wo: x }')).toBe(
    'a.plugin.yaml:5:11: config.wo: unknown key "wo", did you mean "who"? (known: who, many)',
  )
  expect(read('{ many: [1, x] }')).toMatch(/^a\.plugin\.yaml:5:21: config\.many\[1\]: must be an integer/)
  expect(read('{ who: x }')).toMatchObject({ manifest: { config: { who: 'x' } } })
})

test('a kind that the name of the file does not say is a slip', () => {
  const read = (kind: string, name: string) => readManifest({ kind }, name, 'a.lua')
  expect(read('codec', 'a')).toBe(
    'a.lua: the manifest is that of a codec, and the file is called "a" as a filter\'s is',
  )
  expect(read('filter', 'a.codec')).toContain('is called "a.codec" as a codec\'s is')
  expect(read('codec', 'a.codec')).toMatchObject({ manifest: { kind: 'codec' } })
})
