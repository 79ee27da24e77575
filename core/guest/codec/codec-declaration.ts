/** CodecDeclaration: what a guest says about its protocol when it is configured, read from its operations and held to reason. */
import { abi } from '../../../sdk/abi/abi.ts'
import { readText } from '../../../sdk/abi/text.ts'
import type { Correlation } from '../../../sdk/index.ts'
import type { OpList } from '../op-list.ts'
import { Trap } from '../trap.ts'
import type { CodecLimits } from './codec-limits.ts'
import { type CodecNotes, isNote } from './codec-notes.ts'
import { OpCursor } from './op-cursor.ts'

const { codec, op } = abi
const { declares, declaration: at } = codec
const ALL_DECLARES = 0x3ff
const OPS_MAX = 1_024

export interface CodecDeclaration {
  readonly correlation: Correlation
  readonly id: 'none' | 'number' | 'text'
  readonly idBits: number
  /** Where the id stands in every frame; −1 when that differs, or it has none. */
  readonly idAt: number
  readonly idSize: number
  readonly littleEndian: boolean
  /** 0: as the listener allows. */
  readonly frameSizeMax: number
  readonly sniffBytes: number
  /** Bits of `abi.codec.declares`. */
  readonly flags: number
  /** Keys that it writes; `undefined` for all. */
  readonly writes: ReadonlySet<string> | undefined
  readonly magic: Buffer | undefined
}

interface Found {
  main: Omit<CodecDeclaration, 'writes' | 'magic'> | undefined
  writes: Set<string> | undefined
  magic: Buffer | undefined
  refused: string | undefined
}

/** A trap says what is wrong with it, or why the guest refuses its configuration. */
export function readCodecDeclaration(
  list: OpList | undefined,
  limits: CodecLimits,
  notes: CodecNotes,
): CodecDeclaration | Trap {
  const found: Found = { main: undefined, writes: new Set(), magic: undefined, refused: undefined }
  if (list !== undefined) {
    const cursor = new OpCursor(list, OPS_MAX)
    while (cursor.next()) {
      const text = isNote(cursor) ? notes.take(list, cursor) : readOne(list, cursor, found, limits)
      if (text !== undefined) return cursor.fail(text)
    }
    if (cursor.trap !== undefined) return cursor.trap
  }
  if (found.refused !== undefined) return new Trap('unreachable', found.refused)
  const { main, writes, magic } = found
  if (main === undefined) return new Trap('abi', 'it does not say what its protocol is like: codec { … }')
  return contradiction(main) ?? { ...main, writes, magic }
}

function readOne(list: OpList, cursor: OpCursor, found: Found, limits: CodecLimits): string | undefined {
  const { from, to } = cursor
  switch (cursor.code) {
    case codec.op.codec:
      return readMain(list, cursor, found, limits)
    case codec.op.writes:
      if (to === from || to - from > limits.keyBytesMax) return 'a key that is empty or too long'
      if (found.writes !== undefined && found.writes.size >= limits.writesMax) return 'too many keys to write'
      found.writes?.add(readText(list.bytes, from, to))
      return undefined
    case codec.op.writesAll:
      found.writes = undefined
      return undefined
    case codec.op.magic:
      if (to === from || to - from > limits.sniffBytesMax) return 'a magic that is empty or too long'
      found.magic = Buffer.from(list.bytes.subarray(from, to))
      return undefined
    case op.refuse:
      found.refused ??= readText(list.bytes, from, Math.min(to, from + limits.textBytesMax))
      return undefined
    default:
      return `operation code ${cursor.code} is no declaration`
  }
}

function readMain(list: OpList, cursor: OpCursor, found: Found, limits: CodecLimits): string | undefined {
  const { from, to } = cursor
  if (to - from !== at.bytes) return 'a codec declaration of another size'
  if (found.main !== undefined) return 'a second codec declaration'
  const correlation = correlationOf(cursor.argument)
  const id = idOf(list.u8(from + at.id))
  if (correlation === undefined) return `correlation ${cursor.argument} does not exist`
  if (id === undefined) return `a kind of id that does not exist`
  const idAt = list.u32(from + at.idAt)
  const flags = list.u16(from + at.flags)
  const sniffBytes = list.u32(from + at.sniffBytes)
  if ((flags & ~ALL_DECLARES) !== 0) return 'abilities that do not exist'
  if (sniffBytes > limits.sniffBytesMax) return `sniffing may want ${limits.sniffBytesMax} bytes`
  if (list.u8(from + at.idOrder) > 1) return 'an order of bytes that does not exist'
  found.main = {
    correlation,
    id,
    idBits: list.u8(from + at.idBits),
    idAt: idAt === abi.none ? -1 : idAt,
    idSize: list.u8(from + at.idSize),
    littleEndian: list.u8(from + at.idOrder) === 1,
    frameSizeMax: list.u32(from + at.frameSizeMax),
    sniffBytes,
    flags,
  }
  return undefined
}

function contradiction(main: Omit<CodecDeclaration, 'writes' | 'magic'>): Trap | undefined {
  const { correlation, id, idBits, idAt, idSize, flags } = main
  if ((flags & declares.pushes) !== 0 && (flags & declares.affinity) === 0)
    return wrong(
      'what comes unasked goes to the client whose own connection it is: it has to declare affinity',
    )
  if (correlation !== 'id') return undefined
  if (id === 'none') return wrong('replies are told by an id, so it has to say which kind of id there is')
  if (idBits < 1 || idBits > 64) return wrong(`an id has 1 to 64 bits, not ${idBits}`)
  const numberAt = id === 'number' && idSize > 0
  if (numberAt && (idSize > 8 || idSize * 8 < idBits)) return wrong(`${idBits} bits of id in ${idSize} bytes`)
  if (idAt >= 0 && !numberAt) return wrong('only an id that is a number can stand in a fixed place')
  if (idAt < 0 && (flags & declares.encode) === 0 && !numberAt)
    return wrong('it has to say where the id stands, or how a frame is written under another one: encode')
  return undefined
}

function wrong(text: string): Trap {
  return new Trap('abi', text)
}

function correlationOf(code: number): Correlation | undefined {
  if (code === codec.correlation.id) return 'id'
  if (code === codec.correlation.fifo) return 'fifo'
  return code === codec.correlation.exclusive ? 'exclusive' : undefined
}

function idOf(code: number): CodecDeclaration['id'] | undefined {
  if (code === codec.id.none) return 'none'
  if (code === codec.id.number) return 'number'
  return code === codec.id.text ? 'text' : undefined
}
