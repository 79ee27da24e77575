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
