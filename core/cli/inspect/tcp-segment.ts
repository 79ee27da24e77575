/** TcpSegment: what a captured packet carries over TCP, whatever link and version of IP it came over. */
import { formatHostPort } from '../../net/address.ts'
import { LINK_ETHERNET, LINK_LOOP, LINK_NULL, LINK_RAW, LINK_SLL, LINK_SLL2, type Packet } from './packet.ts'

const ETHERTYPE_VLANS = [0x8100, 0x88a8]
const PROTOCOL_TCP = 6
const TCP_HEADER_BYTES = 20
const IPV4_HEADER_BYTES = 20
const IPV6_HEADER_BYTES = 40
/** Hop-by-hop, routing, destination options: headers that may stand before TCP. */
const IPV6_EXTENSIONS = [0, 43, 60]
/** Where IP begins, by what the packet begins with. */
const LINK_HEADERS: ReadonlyMap<number, number> = new Map([
  [LINK_NULL, 4],
  [LINK_LOOP, 4],
  [LINK_RAW, 0],
  [12, 0],
  [14, 0],
  [LINK_SLL, 16],
  [LINK_SLL2, 20],
])

export interface TcpSegment {
  readonly timeMs: number
  /** `ip:port`. */
  readonly source: string
  readonly target: string
  readonly sequence: number
  readonly syn: boolean
  readonly ack: boolean
  /** The end of what this side sends, by FIN or RST. */
  readonly end: boolean
  readonly payload: Buffer
}

/** `undefined` when the packet holds no TCP, or not enough of it. */
export function tcpSegment(packet: Packet): TcpSegment | undefined {
  const at = networkAt(packet)
  if (at === undefined || at >= packet.bytes.length) return undefined
  const ip = packet.bytes.subarray(at)
  const version = (ip[0] ?? 0) >> 4
  if (version === 4) return overIpv4(ip, packet.timeMs)
  return version === 6 ? overIpv6(ip, packet.timeMs) : undefined
}

function networkAt({ linkType, bytes }: Packet): number | undefined {
  if (linkType !== LINK_ETHERNET) return LINK_HEADERS.get(linkType)
  let at = 12
  while (at + 2 <= bytes.length && ETHERTYPE_VLANS.includes(bytes.readUInt16BE(at))) at += 4
  return at + 2
}

function overIpv4(ip: Buffer, timeMs: number): TcpSegment | undefined {
  if (ip.length < IPV4_HEADER_BYTES || ip[9] !== PROTOCOL_TCP) return undefined
  // Of a packet in fragments only the first has the ports; none is put together.
  if ((ip.readUInt16BE(6) & 0x1fff) !== 0) return undefined
  const at = ((ip[0] ?? 0) & 0x0f) * 4
  // Segmentation offload leaves the length empty.
  const size = ip.readUInt16BE(2) || ip.length
  const host = (from: number) => [...ip.subarray(from, from + 4)].join('.')
  return segment(ip.subarray(at, Math.min(size, ip.length)), { timeMs, from: host(12), to: host(16) })
}

function overIpv6(ip: Buffer, timeMs: number): TcpSegment | undefined {
  if (ip.length < IPV6_HEADER_BYTES) return undefined
  const size = IPV6_HEADER_BYTES + ip.readUInt16BE(4)
  let next = ip[6] ?? 0
  let at = IPV6_HEADER_BYTES
  while (IPV6_EXTENSIONS.includes(next) && at + 8 <= ip.length) {
    next = ip[at] ?? 0
    at += 8 + (ip[at + 1] ?? 0) * 8
  }
  if (next !== PROTOCOL_TCP) return undefined
  const end = size === IPV6_HEADER_BYTES ? ip.length : Math.min(size, ip.length)
  return segment(ip.subarray(at, end), { timeMs, from: ipv6(ip, 8), to: ipv6(ip, 24) })
}

function segment(
  tcp: Buffer,
  { timeMs, from, to }: { readonly timeMs: number; readonly from: string; readonly to: string },
): TcpSegment | undefined {
  if (tcp.length < TCP_HEADER_BYTES) return undefined
  const flags = tcp[13] ?? 0
  const dataAt = ((tcp[12] ?? 0) >> 4) * 4
  return {
    timeMs,
    source: formatHostPort(from, tcp.readUInt16BE(0)),
    target: formatHostPort(to, tcp.readUInt16BE(2)),
    sequence: tcp.readUInt32BE(4),
    syn: (flags & 0x02) !== 0,
    ack: (flags & 0x10) !== 0,
    end: (flags & 0x05) !== 0,
    payload: tcp.subarray(Math.min(dataAt, tcp.length)),
  }
}

/** All eight groups; what is shown needs no shortening that somebody would have to check. */
function ipv6(ip: Buffer, at: number): string {
  const groups = Array.from({ length: 8 }, (_, index) => ip.readUInt16BE(at + index * 2).toString(16))
  return groups.join(':').replace(/(^|:)0(:0)+(:|$)/, '::')
}
