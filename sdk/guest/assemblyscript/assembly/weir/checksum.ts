/** Checksums of bytes: crc32 as zip has it, adler32, and fnv1a, which also makes a stable hash of a caller. */
import { Bytes } from './bytes'

const table = memory.data(1_024)
let ready = false

export function crc32(bytes: Bytes, before: u32 = 0): u32 {
  if (!ready) prepare()
  let sum = ~before
  for (let i: usize = 0; i < <usize>bytes.size; i++) {
    sum = load<u32>(table + (((sum ^ load<u8>(bytes.at + i)) & 0xff) << 2)) ^ (sum >>> 8)
  }
  return ~sum
}

export function adler32(bytes: Bytes): u32 {
  let low: u32 = 1
  let high: u32 = 0
  for (let i: usize = 0; i < <usize>bytes.size; i++) {
    low = (low + load<u8>(bytes.at + i)) % 65_521
    high = (high + low) % 65_521
  }
  return (high << 16) | low
}

export function fnv1a(bytes: Bytes): u32 {
  let hash: u32 = 0x811c_9dc5
  for (let i: usize = 0; i < <usize>bytes.size; i++) hash = (hash ^ load<u8>(bytes.at + i)) * 0x0100_0193
  return hash
}

function prepare(): void {
  for (let i: u32 = 0; i < 256; i++) {
    let value = i
    for (let bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? 0xedb8_8320 ^ (value >>> 1) : value >>> 1
    store<u32>(table + (i << 2), value)
  }
  ready = true
}
