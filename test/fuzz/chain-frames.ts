/**
 * ChainFrames: Dubbo requests and replies as a few programs send them all day, most of them with what came before, and some
 * that differ from it in one place: a value, a key twice, one that is no text, bytes behind the map, a body that is damaged.
 */
import { hessianString } from '../../examples/demo/hessian.ts'
import type { Tape } from './tape.ts'

/** Keys that guests read and change: of the head, of attachments, of both, and of nobody. */
export const CHAIN_KEYS = [
  'caller',
  'method',
  'interface',
  'group',
  'trace',
  'version',
  'path',
  'timeout',
  'conflict',
  'attachment.method',
  'attachment.path',
  'serialization',
  'parameter-types',
  'dubbo',
  'exception',
  'status',
  'größe',
  'none',
] as const

const HEADS = [
  ['2.0.2', 'demo.Greeter', '1.0', 'hello', 'Ljava/lang/String;'],
  ['2.0.2', 'demo.Greeter', '1.0', 'bye', ''],
  ['2.0.2', 'demo.Orders', '', 'put', 'I'],
  ['2.0.2', 'demo.Größe', '2.0', 'größer', 'Ljava/lang/String;'],
] as const
const MAPS = [
  [
    ['path', 'demo.Greeter'],
    ['caller', 'web'],
    ['group', 'a'],
    ['timeout', '1000'],
  ],
  [
    ['caller', 'web'],
    ['trace', '0123456789abcdef'],
    ['version', '1.0'],
  ],
  [['caller', 'shop']],
  [],
] as const
const VALUES = ['web', 'weB', '', 'größe', '\0', 'v'.repeat(31), 'v'.repeat(40), 'x'.repeat(700)] as const
/** Values that are no strings, or need not be: null, true, an int, a double, a list that is empty. */
const OTHERS = ['4e', '54', '90', '5b', '78', '4901020304'] as const
const BEHIND = ['', '00', '4e4e', 'ff'] as const

/** Bodies that may come again. */
const AGAIN_MAX = 4

export class ChainFrames {
  readonly #tape: Tape
  readonly #lastRequests: Buffer[] = []
  readonly #lastReplies: Buffer[] = []

  constructor(tape: Tape) {
    this.#tape = tape
  }

  request(id: number): Buffer {
    const tape = this.#tape
    const flag = tape.once(12) ? 0x82 : 0xc2
    return this.#frame(
      flag,
      0,
      id,
      this.#lastOr(this.#lastRequests, () => this.#requestBody()),
    )
  }

  /** A value, or none, with attachments or without. */
  reply(id: number): Buffer {
    return this.#frame(
      2,
      20,
      id,
      this.#lastOr(this.#lastReplies, () => this.#replyBody()),
    )
  }

  /** Most come again as they were. */
  #lastOr(last: Buffer[], make: () => Buffer): Buffer {
    const again = this.#tape.once(3) ? undefined : last[this.#tape.below(AGAIN_MAX)]
    const body = again ?? make()
    if (again === undefined) last.unshift(body)
    last.length = Math.min(last.length, AGAIN_MAX)
    return body
  }

  #requestBody(): Buffer {
    const tape = this.#tape
    const head = HEADS[tape.once(4) ? tape.below(HEADS.length) : 0] ?? HEADS[0]
    const [, , , , types] = head
    const given = types === '' ? [] : [types === 'I' ? Buffer.from([0x91]) : hessianString(tape.pick(VALUES))]
    return Buffer.concat([...head.map(hessianString), ...given, this.#map()])
  }

  #replyBody(): Buffer {
    const tape = this.#tape
    const form = 0x90 + tape.pick([4, 4, 4, 1, 2, 3, 5, 0])
    const value = form === 0x92 || form === 0x95 ? [] : [hessianString(tape.pick(VALUES))]
    const map = form >= 0x93 ? [this.#map()] : []
    return Buffer.concat([Buffer.from([form]), ...value, ...map])
  }

  #map(): Buffer {
    const tape = this.#tape
    const entries: [string, Buffer][] = (MAPS[tape.once(3) ? tape.below(MAPS.length) : 0] ?? MAPS[0]).map(
      ([key, value]) => [key, hessianString(value)],
    )
    const one = entries[tape.below(Math.max(1, entries.length))]
    if (one !== undefined && tape.once(5)) one[1] = hessianString(tape.pick(VALUES))
    if (one !== undefined && tape.once(12)) one[1] = Buffer.from(tape.pick(OTHERS), 'hex')
    if (one !== undefined && tape.once(12)) entries.push([one[0], hessianString(tape.pick(VALUES))])
    if (tape.once(12)) entries.push([tape.pick(CHAIN_KEYS), hessianString('more')])
    if (tape.once(60)) for (let i = 0; i < 70; i++) entries.push([`key-${i}`, hessianString('v')])
    const open = tape.once(20) ? Buffer.concat([Buffer.from('M'), hessianString('a.Map')]) : Buffer.from('H')
    const bytes = entries.flatMap(([key, value]) => [hessianString(key), value])
    const behind = Buffer.from(tape.once(6) ? tape.pick(BEHIND) : '', 'hex')
    return Buffer.concat([open, ...bytes, Buffer.from('Z'), behind])
  }

  #frame(flag: number, status: number, id: number, body: Buffer): Buffer {
    const tape = this.#tape
    const frame = Buffer.concat([Buffer.alloc(16), body])
    if (tape.once(25)) frame[16 + tape.below(Math.min(200, body.length))] = tape.below(256)
    frame.writeUInt16BE(0xdabb)
    frame[2] = tape.once(40) ? flag + 1 : flag
    frame[3] = status
    frame.writeUInt32BE(id, 8)
    frame.writeUInt32BE(frame.length - 16, 12)
    return frame
  }
}
