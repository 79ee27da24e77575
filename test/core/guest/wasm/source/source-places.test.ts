import { describe, expect, it } from 'vitest'
import { bareGrants } from '../../../../../core/guest/grant.ts'
import { compileWasm, meterQuota } from '../../../../../core/guest/wasm/compile-wasm.ts'
import { SourcePlaces } from '../../../../../core/guest/wasm/source/source-places.ts'
import { type StackFrame, stackFrames } from '../../../../../core/guest/wasm/stack-frames.ts'
import { defaultWasmQuota } from '../../../../../core/guest/wasm/wasm-quota.ts'
import { leastThreadMs } from '../../../../support/thread-ms.ts'
import { code } from '../code.ts'
import { nameBytes, unsigned } from '../encode.ts'
import { GuestBuilder } from '../guest-builder.ts'
import { callExport } from '../metered.ts'
import { op } from '../op.ts'
import { mappings, mapSection } from './mapped-module.ts'

const LONGEST_MS = 50
/** Functions that trap, `f0` and so on, each behind `nops` instructions that do nothing. */
const COUNT = 100

function trapping(nops: number, map?: (segments: number[][]) => string, count = COUNT) {
  const builder = new GuestBuilder()
  const body = [...new Array<number>(nops).fill(op.nop), op.unreachable]
  const type = builder.module.type([], [])
  for (let i = 0; i < count; i++) {
    const index = builder.module.functionOfType(type, body)
    if (i < COUNT) builder.module.export(`f${i}`, 0, index)
  }
  const module = builder.build(code.i32(0))
  return map === undefined ? module : withMap(module, map(segments(nops, count)))
}

function withMap(module: Uint8Array, map: string): Uint8Array<ArrayBuffer> {
  return withCustom(module, 'sourceMappingURL', mapSection(map))
}

function withCustom(module: Uint8Array, called: string, contents: Buffer): Uint8Array<ArrayBuffer> {
  const name = nameBytes(called)
  const head = [0, ...unsigned(name.length + contents.length), ...name]
  return new Uint8Array(Buffer.concat([module, Buffer.from(head), contents]))
}

/** A function has no name, three million times over. */
function nameless(): Buffer {
  const count = 3_000_000
  const names = Buffer.concat([Buffer.from(unsigned(count)), Buffer.alloc(count * 2)])
  return Buffer.concat([Buffer.from([1, ...unsigned(names.length)]), names])
}

/** A line of its own for each `unreachable`, which are the only ones of the module. */
function segments(nops: number, count: number): number[][] {
  const bytes = trapping(nops, undefined, count)
  const found: number[][] = []
  for (let at = 0; found.length < count; at++) {
    if (bytes[at] === op.unreachable && bytes[at + 1] === op.end && bytes[at - nops - 1] === 0) {
      if (bytes[at - 1] === op.nop) found.push([at, 0, found.length, 4])
    }
  }
  return found
}

const honest = (found: number[][]) => JSON.stringify({ sources: ['guest.ts'], mappings: mappings(found) })

async function loaded(bytes: Uint8Array<ArrayBuffer>) {
  const compiled = await compileWasm({ bytes, grants: bareGrants, quota: defaultWasmQuota })
  if (compiled.kind === 'refused') expect.fail(compiled.text)
  const { exports } = new WebAssembly.Instance(compiled.module)
  const anew = () => new SourcePlaces(compiled.code, meterQuota(defaultWasmQuota))
  return { places: anew(), anew, module: compiled.module, frames: (i: number) => framesOf(exports, `f${i}`) }
}

function framesOf(exports: Readonly<Record<string, unknown>>, name: string): readonly StackFrame[] {
  try {
    callExport(exports, 'weir.meter.refuel', [1_000_000])
    callExport(exports, name, [])
  } catch (error) {
    return stackFrames(error)
  }
  expect.fail(`${name} did not fail`)
}

describe('SourcePlaces', () => {
  it('tells the file and the line that the module says', async () => {
    const { places, frames } = await loaded(trapping(3, honest))
    expect(places.find(frames(0))).toEqual([{ text: 'guest.ts:1:5', source: 'at' }])
    expect(places.find([...frames(7), ...frames(42)])).toMatchObject([
      { text: 'guest.ts:8:5' },
      { text: 'guest.ts:43:5' },
    ])
  })

  it('tells the place in the module as it was built where that says nothing of its source', async () => {
    const { places, frames } = await loaded(trapping(3))
    const [at = 0] = segments(3, COUNT)[2] ?? []
    expect(places.find(frames(2))).toEqual([{ text: `0x${at.toString(16)}`, source: undefined }])
  })

  it('keeps the map out of what the engine is given', async () => {
    const { module } = await loaded(trapping(3, honest))
    expect(WebAssembly.Module.customSections(module, 'sourceMappingURL')).toEqual([])
  })

  it('knows the functions that are the meter’s', async () => {
    const { places, frames } = await loaded(trapping(3))
    const [{ index } = { index: -1 }] = frames(COUNT - 1)
    // Behind it are the two that every guest has.
    expect([index, index + 2, index + 3].map((each) => places.owns(each))).toEqual([true, true, false])
  })

  it('looks up so many places and no more, and remembers those', async () => {
    const { places, frames } = await loaded(trapping(3, honest))
    const told = Array.from({ length: COUNT }, (_, i) => places.find(frames(i))[0])
    expect(told.filter((place) => place !== undefined)).toHaveLength(64)
    expect(told.indexOf(undefined)).toBe(64)
    expect(places.find(frames(5))).toEqual([{ text: 'guest.ts:6:5', source: 'at' }])
  })

  it('cuts the name of a file and writes out what a terminal would obey', async () => {
    const name = `${'x'.repeat(5_000)}\u001b[2J\n.ts`
    const map = (found: number[][]) => JSON.stringify({ sources: [name], mappings: mappings(found) })
    const { places, frames } = await loaded(trapping(3, map))
    expect(places.find(frames(0))[0]?.text).toMatch(/^…x{92}\\u001b\[2J\\u000a\.ts:1:5$/)
  })

  it.each([
    ['functions as large as they may be', trapping(500_000, undefined, 4)],
    ['as much code as it goes through', trapping(120_000, undefined, 4)],
    ['as many functions as there may be', trapping(1, undefined, 49_000)],
    ['as many names as there may be', withCustom(trapping(1, undefined, 4), 'name', nameless())],
  ])('is done soon with %s and the largest map', async (_name, module) => {
    const map = JSON.stringify({ sources: ['a'], mappings: 'AAAA,'.repeat(100_000) })
    const { anew, frames } = await loaded(withMap(module, map))
    const four = [0, 1, 2, 3].flatMap(frames)
    expect(leastThreadMs(LONGEST_MS, () => void anew().find(four))).toBeLessThan(LONGEST_MS)
  })
})
