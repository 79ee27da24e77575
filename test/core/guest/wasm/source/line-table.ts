/** LineTable: line number programs as compilers write them (DWARF 4 and 5, §6.2), put together by hand. */
import { unsigned } from '../encode.ts'

/** Opcodes of a program. */
export const lns = {
  copy: [1],
  advance: (by: number) => [2, ...unsigned(by)],
  /** Of seven bits and a sign. */
  line: (by: number) => [3, ...(by >= -64 && by < 64 ? [by & 0x7f] : [(by & 0x7f) | 0x80, (by >> 7) & 0x7f])],
  file: (file: number) => [4, ...unsigned(file)],
  column: (column: number) => [5, ...unsigned(column)],
  constAdvance: [8],
  fixedAdvance: (by: number) => [9, by & 0xff, by >> 8],
  address: (at: number) => [0, 5, 2, ...u32(at)],
  end: [0, 1, 1],
  /** Moves by both and makes a row: lines from -5 on, of which there are 14. */
  special: (address: number, line: number) => [13 + 14 * address + (line + 5)],
} as const

export function u32(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >>> 24) & 0xff]
}

export function zeroEnded(text: string): number[] {
  return [...Buffer.from(text), 0]
}

/** Before version 5: two folders, and files in the first, in the second, and where the compiler was called. */
export const plainTables = [
  ...[...zeroEnded('/kit'), ...zeroEnded('src'), 0],
  ...[...zeroEnded('weir.h'), 1, 0, 0, ...zeroEnded('tag.c'), 2, 0, 0, ...zeroEnded('main.c'), 0, 0, 0, 0],
]

/** From version 5 on: the same, with names in `.debug_line_str` for folders and in place for files. */
export const formedTables = [
  ...[1, 1, 0x1f, 3, ...u32(0), ...u32(6), ...u32(11)],
  ...[3, 1, 0x08, 2, 0x0b, 5, 0x1e, 4],
  ...[...zeroEnded('main.c'), 0, ...sum(), ...zeroEnded('weir.h'), 1, ...sum()],
  ...[...zeroEnded('tag.c'), 2, ...sum(), ...zeroEnded('/far/x.c'), 2, ...sum()],
]
export const formedTexts = Buffer.from([...zeroEnded('/work'), ...zeroEnded('/kit'), ...zeroEnded('src')])

function sum(): number[] {
  return new Array<number>(16).fill(7)
}

export interface UnitParts {
  readonly version?: number
  readonly tables?: readonly number[]
  readonly lineRange?: number
}

/** One unit of `.debug_line`. */
export function lineUnit(program: Iterable<number>, parts: UnitParts = {}): Buffer {
  const { version = 4, tables = version < 5 ? plainTables : formedTables, lineRange = 14 } = parts
  const operands = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1]
  const head = [1, ...(version < 4 ? [] : [1]), 1, 0xfb, lineRange, 13, ...operands, ...tables]
  const sizes = version < 5 ? [] : [4, 0]
  const contents = Buffer.from([version, 0, ...sizes, ...u32(head.length), ...head, ...program])
  return Buffer.concat([Buffer.from(u32(contents.length)), contents])
}
