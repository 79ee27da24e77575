/** The texts of single values of JSONB: what a route, a log or a filter sees of an attachment. */
import { i32, u8, u16 } from '../../sdk/index.ts'
import { isoText } from './hessian2-values.ts'
import { OBJECT } from './jsonb-skipper.ts'
import { jsonbInteger, jsonbIntegerSize, jsonbStringTag, jsonbText } from './jsonb-strings.ts'

/** The text of a scalar; `undefined` for null, bytes, and whatever has parts. */
export function jsonbScalarText(bytes: Buffer, at: number, end: number): string | undefined {
  const tag = u8(bytes, at)
  if (jsonbStringTag(tag)) return jsonbText(bytes, at, end)
  switch (tag) {
    case 0xb0:
      return 'false'
    case 0xb1:
      return 'true'
    case 0xb2:
      return '0'
    case 0xb3:
      return '1'
    case 0xb4: // double, float, decimal and big integer that are whole numbers
    case 0xb6:
    case 0xb8:
    case 0xba:
      return numberText(bytes, at + 1)
    case 0xb5:
      return String(bytes.readDoubleBE(at + 1))
    case 0xb7:
      return String(bytes.readFloatBE(at + 1))
    case 0xab:
      return isoText(Number(bytes.readBigInt64BE(at + 1)))
    case 0xac:
      return isoText(i32(bytes, at + 1) * 1000)
    case 0xad:
      return isoText(i32(bytes, at + 1) * 60_000)
    default:
      return numberText(bytes, at)
  }
}

/** int, short, byte and long. */
function numberText(bytes: Buffer, at: number): string | undefined {
  const tag = u8(bytes, at)
  if (jsonbIntegerSize(tag) > 0) return String(jsonbInteger(bytes, at))
  if (tag >= 0xd8 && tag <= 0xef) return String(tag - 0xe0)
  if (tag >= 0xc8 && tag <= 0xd7) return String(((tag - 0xd0) << 8) | u8(bytes, at + 1))
  if (tag >= 0xc0 && tag <= 0xc7) return String(((tag - 0xc4) << 16) | u16(bytes, at + 1))
  switch (tag) {
    case 0xbc:
      return String(bytes.readInt16BE(at + 1))
    case 0xbd:
      return String(bytes.readInt8(at + 1))
    case 0xbe:
      return String(bytes.readBigInt64BE(at + 1))
    case 0xbf:
      return String(i32(bytes, at + 1))
    default:
      return undefined
  }
}

/** What a value without a text is; `undefined` for null. */
export function jsonbPartsKind(tag: number): string | undefined {
  if (tag === 0xaf) return undefined
  if (tag === 0x7e) return 'a text in GB18030'
  if (tag === 0x91) return 'bytes'
  if (tag === 0x93) return 'a reference'
  if (tag >= 0x94 && tag <= 0xa4) return 'a list'
  if (tag === OBJECT) return 'a map'
  return tag === 0xb9 || tag === 0xbb ? 'a large number' : tag >= 0xa7 && tag <= 0xae ? 'a date' : 'an object'
}

/** Whether the value has parts or points at some; a path or a symbol may tie it to others. */
export function jsonbNumberedTag(tag: number): boolean {
  return tag === 0x7f || (tag >= 0x92 && tag <= 0xa6)
}
