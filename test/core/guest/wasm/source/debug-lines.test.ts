import { describe, expect, it } from 'vitest'
import { debugLines } from '../../../../../core/guest/wasm/source/debug-lines.ts'
import { leastThreadMs } from '../../../../support/thread-ms.ts'
import { unsigned } from '../encode.ts'
import { formedTexts, lineUnit, lns, plainTables, u32, zeroEnded } from './line-table.ts'

const CODE_START = 0x80
/** Beside traffic; it is about a half. */
const LONGEST_MS = 50

/** Two functions: at 10 in the second file, with a header's line in it; at 40 in the third. */
const program = [
  ...[...lns.address(10), ...lns.file(2), ...lns.line(4), ...lns.column(3), ...lns.copy],
  ...[...lns.special(2, 2), ...lns.file(1), ...lns.line(100), ...lns.advance(4), ...lns.copy],
  ...[...lns.file(2), ...lns.line(-101), ...lns.fixedAdvance(4), ...lns.copy, ...lns.advance(10), ...lns.end],
  ...[...lns.address(40), ...lns.file(3), ...lns.column(0), ...lns.copy, ...lns.constAdvance, ...lns.line(6)],
  ...[...lns.copy, ...lns.line(-7), ...lns.advance(3), ...lns.copy, ...lns.advance(10), ...lns.end],
]

function linesOf(
  section: Buffer,
  places: readonly (readonly [functionStart: number, address: number])[],
  texts?: Buffer,
) {
  const custom = (name: string) =>
    name === '.debug_line' ? section : name === '.debug_line_str' ? texts : undefined
  const found = debugLines(
    { custom, codeStart: CODE_START },
    places.map(([functionStart, address]) => ({
      functionStart: CODE_START + functionStart,
      offset: CODE_START + address,
    })),
  )
  return places.map((_place, i) => found[i])
}

const at = (file: string, line: number, column: number) => ({ file, line, column, near: false })

describe('debugLines()', () => {
  it('answers the row that holds for an address', () => {
    expect(
      linesOf(lineUnit(program), [
        [9, 10],
        [9, 11],
        [9, 12],
        [9, 17],
        [9, 20],
        [9, 29],
      ]),
    ).toEqual([
      at('src/tag.c', 5, 3),
      at('src/tag.c', 5, 3),
      at('src/tag.c', 7, 3),
      at('/kit/weir.h', 107, 3),
      at('src/tag.c', 6, 3),
      at('src/tag.c', 6, 3),
    ])
  })

  it('leaves the column out where it is not known, and a folder that is the compiler’s own', () => {
    // The largest special opcode moves by 17.
    expect(
      linesOf(lineUnit(program), [
        [40, 40],
        [40, 57],
      ]),
    ).toEqual([at('main.c', 1, 0), at('main.c', 7, 0)])
  })

  it('answers the last line before what comes from nowhere, and says so', () => {
    expect(linesOf(lineUnit(program), [[40, 61]])).toEqual([{ ...at('main.c', 7, 0), near: true }])
  })

  it('takes no line of another function, and none of code that the linker left out', () => {
    const gone = [...lns.address(0), ...lns.copy, ...lns.advance(1_000), ...lns.end]
    expect(
      linesOf(lineUnit([...gone, ...program]), [
        [9, 9],
        [30, 35],
        [9, 10],
      ]),
    ).toEqual([undefined, undefined, at('src/tag.c', 5, 3)])
  })

  it('reads tables of version 5, and units behind each other', () => {
    // Its files are counted from zero.
    const shifted = lineUnit(program, { version: 5 })
    const section = Buffer.concat([lineUnit([...lns.address(900), ...lns.copy, ...lns.end]), shifted])
    expect(
      linesOf(
        section,
        [
          [9, 10],
          [9, 17],
          [40, 40],
        ],
        formedTexts,
      ),
    ).toEqual([at('src/tag.c', 5, 3), at('/kit/weir.h', 107, 3), at('/far/x.c', 1, 0)])
  })

  it('reads what older compilers write', () => {
    expect(linesOf(lineUnit(program, { version: 3 }), [[9, 12]])).toEqual([at('src/tag.c', 7, 3)])
  })

  it('passes over opcodes that it does not know', () => {
    const strange = [...[10, 11, 12, 0x85, 1, 6, 7], ...[0, 3, 0x80, 1, 2], ...[0, 0]]
    expect(linesOf(lineUnit([...strange, ...program]), [[9, 12]])).toEqual([at('src/tag.c', 7, 3)])
  })

  it.each([
    ['a unit of 64 bits', Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0])],
    ['a version of the future', lineUnit(program, { version: 6 })],
    ['lines that do not count', lineUnit(program, { lineRange: 0 })],
    ['a size beyond its end', Buffer.from([...u32(5_000), 4, 0])],
    ['files without an end', lineUnit(program, { tables: plainTables.slice(0, -4) })],
    ['forms that nobody knows', lineUnit(program, { version: 5, tables: [1, 1, 0x77, 1, 0] })],
    ['files by the million', lineUnit(program, { version: 5, tables: [1, 1, 8, ...unsigned(1_000_000)] })],
    ['nothing', Buffer.alloc(0)],
    ['more than is read', Buffer.concat([lineUnit(program), Buffer.alloc(786_432)])],
  ])('says nothing by %s', (_name, section) => {
    expect(linesOf(section, [[9, 12]], formedTexts)).toEqual([undefined])
  })

  it('says nothing of a file that is not listed, or has no name', () => {
    const missing = [...lns.address(10), ...lns.file(9), ...lns.copy, ...lns.advance(9), ...lns.end]
    expect(linesOf(lineUnit(missing), [[9, 12]])).toEqual([undefined])
    const unnamed = lineUnit(program, { version: 5, tables: [0, 0, 0, 3] })
    expect(linesOf(unnamed, [[9, 12]], formedTexts)).toEqual([undefined])
  })

  it('says what it says, or nothing, of tables that end anywhere, with any of their bytes changed', () => {
    for (const version of [4, 5]) {
      const whole = lineUnit(program, { version })
      for (let i = 0; i < whole.length; i++) {
        const changed = Buffer.from(whole)
        changed[i] = 0xff - (changed[i] ?? 0)
        for (const section of [whole.subarray(0, i), changed]) {
          const [found] = linesOf(section, [[9, 12]], formedTexts.subarray(0, i))
          expect(found === undefined || found.line > 0).toBe(true)
        }
      }
    }
  })

  it.each([
    ['rows', lineUnit(Buffer.alloc(780_000, 13 + 14 + 5))],
    ['opcodes that do nothing', lineUnit(Buffer.alloc(780_000, 6))],
    ['sequences', lineUnit(Buffer.alloc(780_000, Buffer.from([1, ...lns.end])))],
    [
      'units',
      Buffer.alloc(780_000, lineUnit([...lns.address(9), ...lns.copy, ...lns.end], { tables: [0, 0] })),
    ],
    ['files', lineUnit(program, { tables: [0, ...files(150_000), 0] })],
    ['files that share a long name', lineUnit(program, { version: 5, tables: shared() })],
  ])('is done soon with as many %s as there may be', (_name, section) => {
    const texts = Buffer.concat([Buffer.alloc(1_000_000, 'x'), Buffer.alloc(1)])
    const places = [[9, 12] as const, [9, 17] as const, [40, 40] as const, [8, 9_000_000] as const]
    expect(leastThreadMs(LONGEST_MS, () => void linesOf(section, places, texts))).toBeLessThan(LONGEST_MS)
  })
})

function files(count: number): readonly number[] {
  return new Array<readonly number[]>(count).fill([...zeroEnded('a'), 1, 0, 0]).flat()
}

/** Each of the most files that there may be has its name eight times over. */
function shared(): readonly number[] {
  const formats = new Array<readonly number[]>(8).fill([1, 0x1f]).flat()
  const entry = new Array<readonly number[]>(3).fill(u32(0)).flat()
  const count = 16_000
  return [
    3,
    ...formats.slice(0, 6),
    ...unsigned(count),
    ...new Array<readonly number[]>(count).fill(entry).flat(),
    0,
    0,
  ]
}
