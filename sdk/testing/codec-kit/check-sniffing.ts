/** CheckSniffing: a codec knows its own first bytes, at every length, and does not take those of other protocols. */

import type { CodecKit } from './codec-kit.ts'
import { guarded } from './codec-threw.ts'
import { Sample } from './sample.ts'

/** More bytes than that are never gathered to tell a protocol. */
const SNIFF_BYTES_MAX = 1_024
const RANDOM_OPENINGS = 64
const RANDOM_BYTES = 64

/** How connections of other protocols begin. */
const OPENINGS: readonly (readonly [protocol: string, bytes: Buffer])[] = [
  ['http', Buffer.from('GET /index.html HTTP/1.1\r\nHost: example.org\r\n\r\n')],
  ['http', Buffer.from('POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n')],
  ['http2', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
  ['tls', Buffer.from('1603010200010001fc0303000102030405060708090a0b0c0d0e0f10', 'hex')],
  ['ssh', Buffer.from('SSH-2.0-client_1.0\r\n')],
  ['redis', Buffer.from('*1\r\n$4\r\nPING\r\n')],
  ['text', Buffer.from('hello world\r\n')],
  ['dubbo', Buffer.from('dabbc2000000000000000001000000014e', 'hex')],
  ['zeros', Buffer.alloc(RANDOM_BYTES)],
  ['ones', Buffer.alloc(RANDOM_BYTES, 0xff)],
]

export async function checkSniffing(kit: CodecKit): Promise<void> {
  const { codec } = kit
  if (codec.sniff === undefined) return
  const sniff = (bytes: Buffer) =>
    guarded('sniff_throws', () => codec.sniff?.(Buffer.from(bytes)) ?? 'more', bytes)
  for (const sample of kit.samples)
    if (sample.direction === 'request') await kit.part(sample, 'Sniffed', async () => own(kit, sample, sniff))
  await kit.part(FOREIGN, 'Sniffed', async () => foreign(kit, sniff))
}

type SniffCall = (bytes: Buffer) => 'yes' | 'no' | 'more'

function own(kit: CodecKit, sample: Sample, sniff: SniffCall): void {
  const opening = Buffer.concat([kit.prefaceOf('request'), sample.bytes])
  const size = Math.min(opening.length, SNIFF_BYTES_MAX)
  for (let at = 0; at <= size; at++) {
    const answer = sniff(opening.subarray(0, at))
    if (answer === 'yes') return
    if (answer === 'no') {
      kit.add(
        'sniff_denies_own',
        sample,
        `To the first ${at} bytes of its own frame sniff answers "no"`,
        sample.bytes,
        [{ at: 0, size: at }],
      )
      return
    }
  }
  kit.add('sniff_undecided', sample, `To all ${size} bytes of its own frame sniff answers "more"`)
}

function foreign(kit: CodecKit, sniff: SniffCall): void {
  const { list, random } = kit
  const alike = new Set([...list.resembles, kit.codec.name])
  const openings = OPENINGS.filter(([protocol]) => !alike.has(protocol))
  const chance = Array.from(
    { length: RANDOM_OPENINGS },
    () => ['random bytes', random.bytes(RANDOM_BYTES)] as const,
  )
  for (const [protocol, bytes] of [...openings, ...chance]) {
    const taken = [0, 1, 2, 4, bytes.length].find((size) => sniff(bytes.subarray(0, size)) === 'yes')
    if (taken !== undefined)
      kit.add('sniff_takes_foreign', FOREIGN, `To ${taken} bytes of ${protocol} sniff answers "yes"`, bytes, [
        { at: 0, size: taken },
      ])
  }
}

const FOREIGN = new Sample({ name: 'first bytes of other protocols', mutations: [], text: '' })
