/** The texts of single values of Hessian 2.0: what a route, a log or a filter sees of an attachment. */
import { i32, u8, u16 } from '../../sdk/index.ts'
import { integerSize, integerValue } from './hessian2-sizes.ts'
import { stringTag, stringText } from './hessian2-strings.ts'

/** The text of a scalar; `undefined` for null, bytes, and whatever has parts. */
export function scalarText(bytes: Buffer, at: number, end: number): string | undefined {
  const tag = u8(bytes, at)
  if (stringTag(tag)) return stringText(bytes, at, end)
  if (integerSize(tag) > 0) return String(integerValue(bytes, at))
  if (tag === 0x54) return 'true'
  if (tag === 0x46) return 'false'
  return longText(bytes, at, tag) ?? doubleText(bytes, at, tag) ?? dateText(bytes, at, tag)
}

/** long (Hessian 2.0 §4.10). */
function longText(bytes: Buffer, at: number, tag: number): string | undefined {
  if (tag >= 0xd8 && tag <= 0xef) return String(tag - 0xe0)
  if (tag >= 0xf0) return String(((tag - 0xf8) << 8) | u8(bytes, at + 1))
  if (tag >= 0x38 && tag <= 0x3f) return String(((tag - 0x3c) << 16) | u16(bytes, at + 1))
  if (tag === 0x59) return String(i32(bytes, at + 1))
  return tag === 0x4c ? String(bytes.readBigInt64BE(at + 1)) : undefined
}

/** double (Hessian 2.0 §4.4); the form `x5f` holds thousandths, as Java writes and reads it. */
function doubleText(bytes: Buffer, at: number, tag: number): string | undefined {
  switch (tag) {
    case 0x5b:
      return '0'
    case 0x5c:
      return '1'
    case 0x5d:
      return String(bytes.readInt8(at + 1))
    case 0x5e:
      return String(bytes.readInt16BE(at + 1))
    case 0x5f:
      return String(i32(bytes, at + 1) / 1000)
    case 0x44:
      return String(bytes.readDoubleBE(at + 1))
    default:
      return undefined
  }
}

/** date (Hessian 2.0 §4.3) as ISO 8601; as its milliseconds when no calendar reaches it. */
function dateText(bytes: Buffer, at: number, tag: number): string | undefined {
  if (tag === 0x4b) return isoText(i32(bytes, at + 1) * 60_000)
  return tag === 0x4a ? isoText(Number(bytes.readBigInt64BE(at + 1))) : undefined
}

/** The milliseconds that a date may have in ECMAScript. */
const DATE_MS_MAX = 8.64e15

export function isoText(milliseconds: number): string {
  return Math.abs(milliseconds) <= DATE_MS_MAX ? new Date(milliseconds).toISOString() : String(milliseconds)
}

/** What a value without a text is; `undefined` for null. */
export function partsKind(tag: number): string | undefined {
  if (tag === 0x4e) return undefined
  if (tag === 0x48 || tag === 0x4d) return 'a map'
  if ((tag >= 0x55 && tag <= 0x58) || (tag >= 0x70 && tag <= 0x7f)) return 'a list'
  if ((tag >= 0x20 && tag <= 0x2f) || (tag >= 0x34 && tag <= 0x37) || tag === 0x41 || tag === 0x42)
    return 'bytes'
  return tag === 0x51 ? 'a reference' : 'an object'
}

/** Whether the value is an object, list or map, a class definition before one, or a reference to one. */
export function numberedTag(tag: number): boolean {
  if ((tag >= 0x60 && tag <= 0x7f) || (tag >= 0x55 && tag <= 0x58)) return true
  return tag === 0x43 || tag === 0x48 || tag === 0x4d || tag === 0x4f || tag === 0x51
}
