/**
 * HexText: bytes out of text that shows them: plain hex, `xxd` and `hexdump -C`, and `tcpdump -X`, which shows whole
 * packets.
 */
import { LINK_ETHERNET, LINK_RAW, type Packet } from './packet.ts'

/** `0000000a: dabb c200 …  text`: two spaces end the hex. */
const XXD_ROW = /^([0-9a-f]{4,16}):\s((?:[0-9a-f]{2,32}(?: |$))+)/i
/** `00000000  da bb c2 00 00 00 00 00  00 …  |text|`. */
const HEXDUMP_ROW = /^([0-9a-f]{4,16}) {2}((?:[0-9a-f]{2}(?: {1,2}|$))+)\s*(?:\||$)/i
/** A row of `tcpdump -X`. */
const DUMP_ROW = /^\s+0x([0-9a-f]{4,8}):\s+((?:[0-9a-f]{2,4}(?: |$))+)/i
const PLAIN = /^(?:\s|0x|[0-9a-f]{2}|[,:])*$/i

/** The packets of `tcpdump -X` or `-xx`; `undefined` when the text is none. */
export function readTcpdump(text: string): readonly Packet[] | undefined {
  const packets: Packet[] = []
  let rows: Buffer[] = []
  const flush = () => {
    const bytes = Buffer.concat(rows)
    rows = []
    if (bytes.length > 0) packets.push({ timeMs: 0, linkType: linkTypeOf(bytes), bytes })
  }
  for (const line of text.split(/\r?\n/)) {
    const row = DUMP_ROW.exec(line)
    if (row === null || Number.parseInt(row[1] ?? '', 16) === 0) flush()
    if (row !== null) rows.push(bytesIn(row[2] ?? ''))
  }
  flush()
  return packets.length === 0 ? undefined : packets
}

/** The bytes of plain hex or of a dump with offsets; `undefined` when the text is neither. */
export function readHex(text: string): Buffer | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'))
  if (lines.length === 0) return undefined
  const rows = lines.map((line) => XXD_ROW.exec(line) ?? HEXDUMP_ROW.exec(line))
  if (rows[0] !== null && lines.every((line, index) => rows[index] !== null || isTail(line)))
    return joined(rows)
  const plain = lines.join(' ')
  if (!PLAIN.test(plain)) return undefined
  const digits = plain.replace(/0x/gi, '').replace(/[^0-9a-f]/gi, '')
  return digits.length % 2 === 0 ? Buffer.from(digits, 'hex') : undefined
}

/** The last row of `hexdump -C`: only where it ends. */
function isTail(line: string): boolean {
  return /^[0-9a-f]{6,16}$|^\*$/i.test(line)
}

function joined(rows: readonly (RegExpExecArray | null)[]): Buffer {
  return Buffer.concat(rows.map((row) => bytesIn(row?.[2] ?? '')))
}

function bytesIn(hex: string): Buffer {
  return Buffer.from(hex.replace(/\s/g, ''), 'hex')
}

/** Without a link header a packet begins with the version of IP. */
function linkTypeOf(bytes: Buffer): number {
  const version = (bytes[0] ?? 0) >> 4
  return version === 4 || version === 6 ? LINK_RAW : LINK_ETHERNET
}
