/** Whether bytes are a text, unit by unit; the caller has checked that there are as many, and that they are ASCII. */
import { u8 } from '../../sdk/index.ts'

export function sameAscii(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (u8(bytes, at + i) !== text.charCodeAt(i)) return false
  return true
}
