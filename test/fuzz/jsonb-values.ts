/** JsonbValues: bodies of fastjson2 with values of every kind, whole as long as nobody damages them. */
import { document, jsonbString } from '../plugins/dubbo/wire.ts'

const DEPTH_MAX = 6
const KEYS = ['path', 'version', 'interface', 'group', 'timeout', 'x', '', '__proto__', 'k'.repeat(40)]
/** Values of a size that is known, each as its tag and how many bytes follow. */
const FIXED: readonly (readonly [tag: number, size: number])[] = [
  [0xaf, 0],
  [0xb0, 0],
  [0xb1, 0],
  [0xb2, 0],
  [0xb3, 0],
  [0x10, 0],
  [0xf0, 0],
  [0xe0, 0],
  [0x38, 1],
  [0xbd, 1],
  [0xd0, 1],
  [0x44, 2],
  [0xbc, 2],
  [0xc4, 2],
  [0x48, 4],
  [0xa9, 4],
  [0xac, 4],
  [0xad, 4],
  [0xb7, 4],
  [0xbf, 4],
  [0xab, 8],
  [0xb5, 8],
  [0xbe, 8],
]
/** Values that end with a number: the tag, and the bytes before it. */
const WITH_NUMBER: readonly (readonly [tag: number, size: number])[] = [
  [0x90, 0],
  [0xa7, 3],
  [0xa8, 7],
  [0xb4, 0],
  [0xb6, 0],
  [0xb8, 0],
  [0xba, 0],
]

export class JsonbValues {
  readonly #below: (limit: number) => number

  constructor(below: (limit: number) => number) {
    this.#below = below
  }

  request(): Buffer {
    const count = this.#below(4)
    const types = count > 2 ? '' : 'Ljava/lang/Object;'.repeat(count)
    const args = Array.from({ length: types === '' ? 0 : count }, () => document(this.#value(0)))
    const head = ['2.0.2', `demo.S${this.#below(9)}`, '', `m${this.#below(9)}`, types].map((text) =>
      document(text),
    )
    return Buffer.concat([...head, ...args, document(this.#attachments())])
  }

  reply(): Buffer {
    const form = this.#below(6)
    const value = form % 3 === 2 ? Buffer.alloc(0) : document(this.#value(0))
    const attachments = form < 3 ? Buffer.alloc(0) : document(this.#attachments())
    return Buffer.concat([document(Uint8Array.of(0xbd, form)), value, attachments])
  }

  #attachments(): Buffer {
    if (this.#below(20) === 0) return Buffer.from([0xaf])
    const parts = this.#below(4) === 0 ? [Buffer.from([0x92]), jsonbString('demo.Map'), Buffer.from([0])] : []
    parts.push(Buffer.from([0xa6]))
    for (let i = this.#below(8); i > 0; i--) {
      parts.push(this.#below(30) === 0 ? this.#value(0) : jsonbString(KEYS[this.#below(KEYS.length)] ?? 'k'))
      parts.push(this.#below(4) === 0 ? this.#value(0) : this.#text())
    }
    return Buffer.concat([...parts, Buffer.from([0xa5])])
  }

  #value(depth: number): Buffer {
    if (depth < DEPTH_MAX && this.#below(3) === 0) return this.#container(depth)
    switch (this.#below(6)) {
      case 0:
        return this.#text()
      case 1: {
        const [tag, size] = WITH_NUMBER[this.#below(WITH_NUMBER.length)] ?? [0x90, 0]
        return Buffer.concat([Buffer.from([tag]), Buffer.alloc(size, 7), this.#number()])
      }
      case 2:
        return Buffer.concat([Buffer.from([0x91, 3]), Buffer.alloc(3, this.#below(256))])
      case 3:
        return Buffer.concat([Buffer.from([0xb9]), this.#number(), Buffer.from([0xbb, 2, 1, 2])])
      default: {
        const [tag, size] = FIXED[this.#below(FIXED.length)] ?? [0xaf, 0]
        return Buffer.from([tag, ...Array.from({ length: size }, () => this.#below(256))])
      }
    }
  }

  #container(depth: number): Buffer {
    const count = this.#below(5)
    const values = (values: number) => Array.from({ length: values }, () => this.#value(depth + 1))
    switch (this.#below(6)) {
      case 0:
        return Buffer.concat([Buffer.from([0x94 + count]), ...values(count)])
      case 1:
        return Buffer.concat([Buffer.from([0xa4, count]), ...values(count)])
      case 2:
        return Buffer.concat([Buffer.from([0x93]), jsonbString('$.a')])
      case 3:
        return Buffer.concat([Buffer.from([0x7f]), jsonbString('name'), Buffer.from([count])])
      case 4:
        return Buffer.concat([
          Buffer.from([0x92]),
          jsonbString('demo.Type'),
          Buffer.from([0]),
          this.#value(depth + 1),
        ])
      default:
        return Buffer.concat([Buffer.from([0xa6]), ...values(count * 2), Buffer.from([0xa5])])
    }
  }

  #number(): Buffer {
    return this.#below(2) === 0 ? Buffer.from([this.#below(48)]) : Buffer.from([0xbf, 0, 1, 2, 3])
  }

  #text(): Buffer {
    switch (this.#below(4)) {
      case 0:
        return Buffer.concat([Buffer.from([0x7a, 3]), Buffer.from('né')])
      case 1:
        return Buffer.concat([Buffer.from([0x7c, 4]), Buffer.from('né', 'utf16le')])
      case 2:
        return Buffer.concat([Buffer.from([0x79, 0x38, 60]), Buffer.alloc(60, 0x41)])
      default:
        return jsonbString('v'.repeat(this.#below(48)))
    }
  }
}
