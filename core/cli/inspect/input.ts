/** Input: what a file holds: packets of a capture, or bytes, as its first bytes and its characters show. */
import { readHex, readTcpdump } from './hex-text.ts'
import type { Packet } from './packet.ts'
import { readPcap } from './pcap.ts'

export const inputFormats = ['pcap', 'tcpdump', 'hex', 'raw'] as const

export type Input =
  | { readonly kind: 'packets'; readonly packets: readonly Packet[] }
  | { readonly kind: 'bytes'; readonly bytes: Buffer }

/** So much of a file has to be text before it is taken for a dump. */
const LOOKED_BYTES = 65_536
/** What `weir record` writes begins so. */
const RECORDING = Buffer.from('{"weirrec":')

/** Throws a sentence when the format is told and it is another. */
export function readInput(bytes: Buffer, format: string | undefined): Input {
  if (format === undefined && bytes.subarray(0, RECORDING.length).equals(RECORDING))
    throw new Error('this is a recording: weir replay sends it again, weir record test makes cases of it')
  const packets = format === undefined || format === 'pcap' ? readPcap(bytes) : undefined
  if (packets !== undefined) return { kind: 'packets', packets }
  if (format === 'raw' || (format === undefined && !isText(bytes))) return { kind: 'bytes', bytes }
  const text = bytes.toString('latin1')
  const dumped = format === undefined || format === 'tcpdump' ? readTcpdump(text) : undefined
  if (dumped !== undefined) return { kind: 'packets', packets: dumped }
  const hex = format === undefined || format === 'hex' ? readHex(text) : undefined
  if (hex !== undefined) return { kind: 'bytes', bytes: hex }
  if (format === undefined) return { kind: 'bytes', bytes }
  throw new Error(`the input is not of the format ${format}`)
}

function isText(bytes: Buffer): boolean {
  for (const byte of bytes.subarray(0, LOOKED_BYTES)) {
    if ((byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) || byte > 0x7e) return false
  }
  return bytes.length > 0
}
