/** Command lookup: the place of a command in the table, told by its bytes in any case, without making a text of them. */
import { commandSpecs } from './commands.ts'

/** A power of two, several times as many as there are commands. */
const SLOTS = 2_048
const NAME_BYTES_MAX = 24

const names: readonly Buffer[] = commandSpecs.map(({ name }) => Buffer.from(name))
const slots = filled()

/** The command's place in `commandSpecs`; 0 when it is not there. */
export function commandAt(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > NAME_BYTES_MAX) return 0
  let slot = slotOf(bytes, start, end)
  for (let place = slots[slot] ?? 0; place > 0; place = slots[slot] ?? 0) {
    if (sameName(bytes, start, end, names[place])) return place
    slot = (slot + 1) & (SLOTS - 1)
  }
  return 0
}

function sameName(bytes: Uint8Array, start: number, end: number, name: Buffer | undefined): boolean {
  if (name === undefined || name.length !== end - start) return false
  for (let i = 0; i < name.length; i++) if (upper(bytes[start + i] ?? 0) !== name[i]) return false
  return true
}

/** A letter as a capital. */
export function upper(byte: number): number {
  return byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte
}

function slotOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + ((bytes[at] ?? 0) & 0xdf)) | 0
  return (hash ^ (hash >>> 11)) & (SLOTS - 1)
}

function filled(): Uint16Array {
  const table = new Uint16Array(SLOTS)
  for (const [place, name] of names.entries()) {
    if (place === 0) continue
    let slot = slotOf(name, 0, name.length)
    while (table[slot] !== 0) slot = (slot + 1) & (SLOTS - 1)
    table[slot] = place
  }
  return table
}
