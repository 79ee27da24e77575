/** SourceLine: a place in a plugin's source, as whoever built it says: the file's name is a claim and is cut and written out. */
import { writtenOut } from '../../../base/written-out.ts'

const FILE_LENGTH_MAX = 100

export interface SourceLine {
  readonly file: string
  /** From 1 on. */
  readonly line: number
  /** From 1 on; 0 where it is not known. */
  readonly column: number
  /** It is the last place before it that is known: what a compiler adds comes from nowhere. */
  readonly near: boolean
}

/** `FILE:LINE:COLUMN`; of a long name, the end. */
export function sourceLineText({ file, line, column }: SourceLine): string {
  const name = file.length > FILE_LENGTH_MAX ? `…${file.slice(-FILE_LENGTH_MAX)}` : file
  return `${writtenOut(name)}:${line}${column === 0 ? '' : `:${column}`}`
}
