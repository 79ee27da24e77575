/** Text: bytes as a property. UTF-8 where they are that; else each byte is a character, so that no two values read alike. */
import { isUtf8 } from 'node:buffer'

export function textOf(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8', 0, bytes.length) : bytes.toString('latin1', 0, bytes.length)
}
