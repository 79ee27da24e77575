/** Pcap: the packets of a capture in the formats of libpcap: pcap, of microseconds or nanoseconds, and pcapng. */
import type { Packet } from './packet.ts'

const PCAP_HEADER_BYTES = 24
const RECORD_HEADER_BYTES = 16
/** Read as little-endian: which byte order the file has, and what its fractions of seconds are. */
const MAGICS: ReadonlyMap<number, { readonly little: boolean; readonly perSecond: number }> = new Map([
  [0xa1b2c3d4, { little: true, perSecond: 1e6 }],
  [0xd4c3b2a1, { little: false, perSecond: 1e6 }],
  [0xa1b23c4d, { little: true, perSecond: 1e9 }],
  [0x4d3cb2a1, { little: false, perSecond: 1e9 }],
])
const SECTION_BLOCK = 0x0a0d0d0a
const INTERFACE_BLOCK = 1
const SIMPLE_BLOCK = 3
const ENHANCED_BLOCK = 6
const ORDER_MAGIC = 0x1a2b3c4d
const OPTION_RESOLUTION = 9
const BLOCK_HEADER_BYTES = 8

/** `undefined` when these bytes are no capture. What is cut off at the end is left out. */
export function readPcap(bytes: Buffer): readonly Packet[] | undefined {
  if (bytes.length < PCAP_HEADER_BYTES) return undefined
  const magic = bytes.readUInt32LE(0)
  if (magic === SECTION_BLOCK) return readPcapng(bytes)
  const order = MAGICS.get(magic)
  return order === undefined ? undefined : readRecords(bytes, order.little, order.perSecond)
}

function readRecords(bytes: Buffer, little: boolean, perSecond: number): readonly Packet[] {
  const u32 = reader(bytes, little)
  const linkType = u32(20) & 0xffff
  const packets: Packet[] = []
  for (let at = PCAP_HEADER_BYTES; at + RECORD_HEADER_BYTES <= bytes.length; ) {
    const start = at + RECORD_HEADER_BYTES
    const end = start + u32(at + 8)
    if (end > bytes.length) break
    const timeMs = (u32(at) + u32(at + 4) / perSecond) * 1_000
    packets.push({ timeMs, linkType, bytes: bytes.subarray(start, end) })
    at = end
  }
  return packets
}

interface Interface {
  readonly linkType: number
  readonly perSecond: number
}

function readPcapng(bytes: Buffer): readonly Packet[] {
  const packets: Packet[] = []
  let little = true
  let interfaces: Interface[] = []
  for (let at = 0; at + BLOCK_HEADER_BYTES + 4 <= bytes.length; ) {
    if (bytes.readUInt32LE(at) === SECTION_BLOCK) {
      little = bytes.readUInt32LE(at + BLOCK_HEADER_BYTES) === ORDER_MAGIC
      interfaces = []
    }
    const u32 = reader(bytes, little)
    const size = u32(at + 4)
    if (size < BLOCK_HEADER_BYTES + 4 || at + size > bytes.length) break
    const block = bytes.subarray(at + BLOCK_HEADER_BYTES, at + size - 4)
    const type = u32(at)
    if (type === INTERFACE_BLOCK && block.length >= 8) interfaces.push(interfaceOf(block, little))
    if (type === ENHANCED_BLOCK) packets.push(...enhanced(block, little, interfaces))
    if (type === SIMPLE_BLOCK) packets.push(...simple(block, little, interfaces[0]))
    at += size
  }
  return packets
}

function interfaceOf(block: Buffer, little: boolean): Interface {
  const u16 = (at: number) => (little ? block.readUInt16LE(at) : block.readUInt16BE(at))
  let perSecond = 1e6
  for (let at = 8; at + 4 <= block.length; ) {
    const [code, size] = [u16(at), u16(at + 2)]
    const value = block[at + 4] ?? 6
    if (code === OPTION_RESOLUTION && size === 1) perSecond = value & 0x80 ? 2 ** (value & 0x7f) : 10 ** value
    if (code === 0) break
    at += 4 + size + ((4 - (size % 4)) % 4)
  }
  return { linkType: u16(0), perSecond }
}

function enhanced(block: Buffer, little: boolean, interfaces: readonly Interface[]): readonly Packet[] {
  if (block.length < 20) return []
  const u32 = reader(block, little)
  const { linkType, perSecond } = interfaces[u32(0)] ?? { linkType: 1, perSecond: 1e6 }
  const end = 20 + u32(12)
  if (end > block.length) return []
  const timeMs = ((u32(4) * 2 ** 32 + u32(8)) / perSecond) * 1_000
  return [{ timeMs, linkType, bytes: block.subarray(20, end) }]
}

function simple(block: Buffer, little: boolean, first: Interface | undefined): readonly Packet[] {
  if (block.length < 4) return []
  const end = Math.min(block.length, 4 + reader(block, little)(0))
  return [{ timeMs: 0, linkType: first?.linkType ?? 1, bytes: block.subarray(4, end) }]
}

function reader(bytes: Buffer, little: boolean): (at: number) => number {
  return little ? (at) => bytes.readUInt32LE(at) : (at) => bytes.readUInt32BE(at)
}
