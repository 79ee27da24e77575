/** LuaSource: a plugin's file, looked at before the interpreter sees it: text only, and of a size that is allowed. */
import { Trap } from '../trap.ts'
import { type SourceReads, sourceReads } from './source-reads.ts'

const ESCAPE = 0x1b
const HASH = 0x23
const LINE_FEED = 0x0a
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

export interface LuaSource {
  /** The file's name, which errors begin with. */
  readonly name: string
  readonly bytes: Buffer
  readonly reads: SourceReads
}

/** The source without a byte order mark and a first line for Unix; a trap says why it is none. */
export function luaSource(name: string, file: Buffer, sizeMax: number): LuaSource | Trap {
  if (file.length > sizeMax) return new Trap('budget', `${name} has ${file.length} bytes, ${sizeMax} allowed`)
  const marked = file.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
  const text = marked ? file.subarray(BYTE_ORDER_MARK.length) : file
  const bytes = withoutFirstLine(text)
  if (bytes[0] === ESCAPE) {
    return new Trap('abi', `${name} is compiled Lua: only its source is taken`)
  }
  return { name, bytes, reads: sourceReads(bytes.toString('latin1')) }
}

/** `#!/usr/bin/env lua` goes, its line break stays: the lines keep their numbers. */
function withoutFirstLine(text: Buffer): Buffer {
  if (text[0] !== HASH) return text
  const end = text.indexOf(LINE_FEED)
  return end < 0 ? text.subarray(text.length) : text.subarray(end)
}
