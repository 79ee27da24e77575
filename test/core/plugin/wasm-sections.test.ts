/** Sections of a module, told apart without a compiler; whatever else the bytes are, nothing throws. */
import { expect, test } from 'vitest'
import { wasmManifest } from '../../../core/plugin/wasm-manifest.ts'
import { wasmSections } from '../../../core/plugin/wasm-sections.ts'
import { nameBytes, PREAMBLE, section } from '../guest/wasm/encode.ts'

const TEXT = [...'grants: [log]'].map((letter) => letter.charCodeAt(0))
const manifest = section(0, [...nameBytes('weir.manifest'), ...TEXT])
const types = section(1, [0])

function module(...parts: readonly (readonly number[])[]): Buffer {
  return Buffer.from([...PREAMBLE, ...parts.flat()])
}

test('sections are told with their names and where what they hold begins', () => {
  const bytes = module(types, manifest, section(0, nameBytes('name')))
  const found = [...wasmSections(bytes)]
  expect(found.map(({ name }) => name)).toEqual(['', 'weir.manifest', 'name'])
  expect(found.at(-1)?.end).toBe(bytes.length)
  expect(wasmManifest(bytes)).toBe('grants: [log]')
})

test('what is cut off, or says that it is longer than it is, ends the telling', () => {
  const whole = module(manifest, types)
  for (let size = 0; size < whole.length; size++) {
    const last = [...wasmSections(whole.subarray(0, size))].at(-1)?.end ?? 0
    expect(last).toBeLessThanOrEqual(size)
    expect(wasmManifest(whole.subarray(0, size))).toBe(
      size >= PREAMBLE.length + manifest.length ? 'grants: [log]' : undefined,
    )
  }
  expect(wasmManifest(module(types, [0, 0xff, 0xff, 0xff, 0xff, 0xff], manifest))).toBe(undefined)
})

test('a name that ends behind its section is none', () => {
  expect(wasmManifest(module([0, 4, 13, ...nameBytes('wei').slice(1)], manifest))).toBe('grants: [log]')
})

test('a manifest that is too long is refused', () => {
  const long = section(0, [...nameBytes('weir.manifest'), ...Array.from({ length: 65_537 }, () => 0x20)])
  expect(() => wasmManifest(module(long))).toThrow('65536')
})
