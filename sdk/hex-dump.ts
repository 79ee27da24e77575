/**
 * HexDump: bytes for people, sixteen to a line, with ranges in brackets or in colours. It shows what it is given and
 * knows no protocol.
 */

const ROW_BYTES = 16
const OFFSET_DIGITS = 4
/** Bright enough on dark and on light terminals; ranges take them in turn. */
const COLOURS = [36, 33, 32, 35, 34, 91]

export interface DumpRange {
  readonly at: number
  readonly size: number
  /** Which of the colours; default: the first. */
  readonly colour?: number
}

export interface HexDumpOptions {
  readonly ranges?: readonly DumpRange[]
  /** Ranges in colours; otherwise they stand in brackets. */
  readonly coloured?: boolean
  /** What stands in front of each line. */
  readonly indent?: string
  readonly bytesMax?: number
}

/** The lines, without a line feed behind the last. */
export function hexDump(bytes: Uint8Array, options: HexDumpOptions = {}): string {
  const size = Math.min(bytes.length, options.bytesMax ?? bytes.length)
  const rows: string[] = []
  for (let at = 0; at < size; at += ROW_BYTES)
    rows.push(rowOf(bytes, at, Math.min(at + ROW_BYTES, size), options))
  if (bytes.length > size) rows.push(`… ${bytes.length - size} bytes more`)
  return rows.map((row) => `${options.indent ?? ''}${row}`).join('\n')
}

function rowOf(bytes: Uint8Array, start: number, end: number, options: HexDumpOptions): string {
  const offset = start.toString(16).padStart(OFFSET_DIGITS, '0')
  const row = `${offset}  ${hexOf(bytes, start, end, options)}  ${textOf(bytes, start, end, options)}`
  return row.trimEnd()
}

function hexOf(bytes: Uint8Array, start: number, end: number, options: HexDumpOptions): string {
  const { ranges = [], coloured = false } = options
  let row = ''
  for (let at = start; at < start + ROW_BYTES; at++) {
    row += coloured ? ' ' : separator(at, start, end, ranges)
    const byte = at < end ? (bytes[at] ?? 0).toString(16).padStart(2, '0') : '  '
    row += coloured && at < end ? painted(byte, at, ranges) : byte
  }
  return coloured ? row : row + separator(start + ROW_BYTES, start, end, ranges)
}

/** What stands before the byte: a bracket where a range begins or has ended. */
function separator(at: number, start: number, end: number, ranges: readonly DumpRange[]): string {
  const before = at > start && at - 1 < end && rangeAt(at - 1, ranges) !== undefined
  const here = at < end && at < start + ROW_BYTES && rangeAt(at, ranges) !== undefined
  if (here) return before && rangeAt(at - 1, ranges) === rangeAt(at, ranges) ? ' ' : before ? '|' : '['
  return before ? ']' : ' '
}

function textOf(bytes: Uint8Array, start: number, end: number, options: HexDumpOptions): string {
  const { ranges = [], coloured = false } = options
  let text = ''
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0
    const char = byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'
    text += coloured ? painted(char, at, ranges) : char
  }
  return text
}

function painted(text: string, at: number, ranges: readonly DumpRange[]): string {
  const range = rangeAt(at, ranges)
  if (range === undefined) return text
  return `\u001b[${COLOURS[(range.colour ?? 0) % COLOURS.length]}m${text}\u001b[0m`
}

/** The last range that holds the byte: later ones lie in earlier ones. */
function rangeAt(at: number, ranges: readonly DumpRange[]): DumpRange | undefined {
  return ranges.findLast((range) => at >= range.at && at < range.at + range.size)
}
