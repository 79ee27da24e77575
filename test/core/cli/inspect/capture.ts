/** Captures made by hand: packets of TCP over IPv4 and Ethernet, as pcap and as pcapng. */

export interface Segment {
  /** From the caller, or to it. */
  readonly from: 'caller' | 'service'
  readonly sequence: number
  readonly bytes?: Uint8Array
  readonly syn?: boolean
}

const CALLER_PORT = 40_000
export const SERVICE_PORT = 20_880

export function packet({ from, sequence, bytes = new Uint8Array(), syn = false }: Segment): Buffer {
  const ethernet = Buffer.alloc(14)
  ethernet.writeUInt16BE(0x0800, 12)
  const ip = Buffer.alloc(20)
  ip[0] = 0x45
  ip.writeUInt16BE(40 + bytes.length, 2)
  ip[9] = 6
  ip.set(from === 'caller' ? [10, 0, 0, 1, 10, 0, 0, 2] : [10, 0, 0, 2, 10, 0, 0, 1], 12)
  const tcp = Buffer.alloc(20)
  const ports = from === 'caller' ? [CALLER_PORT, SERVICE_PORT] : [SERVICE_PORT, CALLER_PORT]
  tcp.writeUInt16BE(ports[0] ?? 0, 0)
  tcp.writeUInt16BE(ports[1] ?? 0, 2)
  tcp.writeUInt32BE(sequence >>> 0, 4)
  tcp[12] = 0x50
  tcp[13] = (syn ? 0x02 : 0x10) | (syn && from === 'service' ? 0x10 : 0)
  return Buffer.concat([ethernet, ip, tcp, bytes])
}

export function pcap(segments: readonly Segment[]): Buffer {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4)
  header.writeUInt32LE(1, 20)
  const records = segments.flatMap((segment, index) => {
    const bytes = packet(segment)
    const record = Buffer.alloc(16)
    record.writeUInt32LE(1_700_000_000, 0)
    record.writeUInt32LE(index * 1_000, 4)
    record.writeUInt32LE(bytes.length, 8)
    record.writeUInt32LE(bytes.length, 12)
    return [record, bytes]
  })
  return Buffer.concat([header, ...records])
}

/** Big-endian, with the resolution of nanoseconds told by an option of the interface. */
export function pcapng(segments: readonly Segment[]): Buffer {
  const section = Buffer.alloc(16)
  section.writeUInt32BE(0x1a2b3c4d)
  section.fill(0xff, 8)
  const described = Buffer.from('000100000000ffff00090001090000000000000000', 'hex').subarray(0, 20)
  const packets = segments.map((segment, index) => {
    const bytes = packet(segment)
    const time = 1_700_000_000_000_000_000n + BigInt(index) * 1_000_000n
    const head = Buffer.alloc(20)
    head.writeUInt32BE(Number(time >> 32n), 4)
    head.writeUInt32BE(Number(time & 0xffff_ffffn), 8)
    head.writeUInt32BE(bytes.length, 12)
    head.writeUInt32BE(bytes.length, 16)
    return block(6, Buffer.concat([head, bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]))
  })
  return Buffer.concat([block(0x0a0d0d0a, section), block(1, described), ...packets])
}

function block(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(type)
  head.writeUInt32BE(body.length + 12, 4)
  return Buffer.concat([head, body, head.subarray(4)])
}
