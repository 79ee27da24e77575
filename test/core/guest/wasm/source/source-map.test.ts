import { describe, expect, it } from 'vitest'
import { sourceMapLines } from '../../../../../core/guest/wasm/source/source-map.ts'
import { leastThreadMs } from '../../../../support/thread-ms.ts'
import { mappings, mapSection, urlSection } from './mapped-module.ts'

/** Beside traffic, on a machine that is busy; it is about a third. */
const LONGEST_MS = 40

const sources = ['filter.ts', '~lib/array.ts']
const known = mappings([[10, 0, 4, 2], [20, 1, 99, 0], [30], [40, 0, 6, 8], [60, 0, 8, 1]])

function linesOf(map: unknown, ...places: readonly (readonly [start: number, offset: number])[]) {
  const section = mapSection(typeof map === 'string' ? map : JSON.stringify(map))
  const found = sourceMapLines(
    section,
    places.map(([functionStart, offset]) => ({ functionStart, offset })),
  )
  return places.map((_place, i) => found[i])
}

const at = (file: string, line: number, column: number) => ({ file, line, column, near: false })

describe('sourceMapLines()', () => {
  it('answers the last segment at or before an offset', () => {
    const map = { version: 3, sources, names: [], mappings: known }
    expect(linesOf(map, [8, 10], [8, 19], [8, 20], [8, 1_000])).toEqual([
      at('filter.ts', 5, 3),
      at('filter.ts', 5, 3),
      at('~lib/array.ts', 100, 1),
      at('filter.ts', 9, 2),
    ])
  })

  it('knows nothing of what stands before the first segment, or of a function that has none', () => {
    const map = { sources, mappings: known }
    expect(linesOf(map, [0, 9], [50, 55], [70, 99])).toEqual([undefined, undefined, undefined])
  })

  it('answers the last place that is known for what comes from nowhere, and says so', () => {
    expect(linesOf({ sources, mappings: known }, [8, 35], [25, 35])).toEqual([
      { file: '~lib/array.ts', line: 100, column: 1, near: true },
      undefined,
    ])
  })

  it('finds the same in segments that are out of order', () => {
    const turned = mappings([
      [60, 0, 8, 1],
      [10, 0, 4, 2],
      [40, 0, 6, 8],
    ])
    expect(linesOf({ sources, mappings: turned }, [8, 45], [8, 12])).toEqual([
      at('filter.ts', 7, 9),
      at('filter.ts', 5, 3),
    ])
  })

  it.each([
    ['no JSON', '{"mappings":'],
    ['no object', '7'],
    ['null', 'null'],
    ['without mappings', { sources }],
    ['whose sources are none', { sources: 5, mappings: known }],
    ['whose mappings are none', { sources, mappings: [known] }],
    ['with a letter that is no digit', { sources, mappings: `${known},!AAA` }],
    ['with a letter beyond ASCII', { sources, mappings: `${known},ÄAAA` }],
    ['with a number that does not end', { sources, mappings: `${known},ggggggggggggA` }],
    ['that ends in a number', { sources, mappings: `${known},g` }],
    ['with a segment of six numbers', { sources, mappings: `${known},AAAAAA` }],
  ])('says nothing by a map %s', (_name, map) => {
    expect(linesOf(map, [8, 12])).toEqual([undefined])
  })

  it.each([
    ['a source that is not listed', [[10, 9, 4, 2]], sources],
    ['a source before the first', [[10, -1, 4, 2]], sources],
    ['a line before the first', [[10, 0, -4, 2]], sources],
    ['a column before the first', [[10, 0, 4, -2]], sources],
    ['a source that has no name', [[10, 0, 4, 2]], [{ toString: 5 }]],
    ['offsets that wrap around', [[10, 0, 4, 2], ...wrapping()], []],
  ])('says nothing by a map that tells of %s', (_name, segments, listed) => {
    expect(linesOf({ sources: listed, mappings: mappings(segments) }, [8, 12])).toEqual([undefined])
  })

  it.each([
    ['names a file', urlSection('./filter.wasm.map')],
    ['is no JSON by its own words', urlSection('data:text/plain;base64,e30=')],
    ['is empty', Buffer.alloc(0)],
    ['ends within its URL', urlSection('data:application/json;base64,e30=').subarray(0, 20)],
    ['claims more than there is', Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2])],
  ])('says nothing by a section that %s', (_name, section) => {
    expect(sourceMapLines(section, [{ functionStart: 8, offset: 12 }])).toEqual([])
  })

  it('does not read a map beyond its limit', () => {
    const padding = 'x'.repeat(512 * 1_024)
    expect(linesOf({ sources: [...sources, padding], mappings: known }, [8, 12])).toEqual([undefined])
  })

  it.each([
    ['of mappings alone', JSON.stringify({ sources, mappings: 'AAAA,'.repeat(104_000) })],
    ['of segments of one letter', JSON.stringify({ sources, mappings: 'A,'.repeat(260_000) })],
    ['of nothing but brackets', '['.repeat(260_000) + ']'.repeat(260_000)],
    ['of nothing but lists', `[${'[],'.repeat(170_000)}[]]`],
    ['of nothing but keys', `{${Array.from({ length: 50_000 }, (_, i) => `"${i}":1`).join()}}`],
    ['of as many marks as it may have', `[${'[],'.repeat(16_000)}${'1,'.repeat(230_000)}1]`],
  ])('is done soon with the largest map %s', (_name, map) => {
    const places = [[8, 12] as const, [20, 30] as const, [40, 50] as const, [60, 1 << 22] as const]
    expect(leastThreadMs(LONGEST_MS, () => void linesOf(map, ...places))).toBeLessThan(LONGEST_MS)
  })
})

function wrapping(): readonly (readonly number[])[] {
  return Array.from({ length: 8 }, (_, i) => [(i % 2) * 0x1fff_ffff, 0, 4, 2])
}
