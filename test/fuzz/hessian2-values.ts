/** Hessian2Values: bodies of Hessian 2.0 with values of every kind, whole as long as nobody damages them. */

const DEPTH_MAX = 6
const KEYS = ['path', 'version', 'interface', 'group', 'timeout', 'x', '', '__proto__', 'k'.repeat(40), 'é']

export class Hessian2Values {
  readonly #below: (limit: number) => number
  #objects = 0
  #types = 0
  #classes: number[] = []

  constructor(below: (limit: number) => number) {
    this.#below = below
  }

  request(): Buffer {
    const count = this.#below(4)
    const types = 'Ljava/lang/Object;'.repeat(count)
    const head = ['2.0.2', `demo.S${this.#below(9)}`, '', `m${this.#below(9)}`, types].map((text) =>
      string(text),
    )
    const args = Array.from({ length: count }, () => this.#value(0))
    return Buffer.concat([...head, ...args, this.#attachments()])
  }

  reply(): Buffer {
    const form = this.#below(6)
    const value = form % 3 === 2 ? Buffer.alloc(0) : this.#value(0)
    return Buffer.concat([
      Buffer.from([0x90 + form]),
      value,
      form < 3 ? Buffer.alloc(0) : this.#attachments(),
    ])
  }

  #attachments(): Buffer {
    if (this.#below(20) === 0) return Buffer.from('N')
    this.#objects++
    const parts: Buffer[] = [Buffer.from('H')]
    for (let i = this.#below(8); i > 0; i--) {
      parts.push(this.#below(30) === 0 ? this.#value(0) : string(KEYS[this.#below(KEYS.length)] ?? 'k'))
      parts.push(this.#below(4) === 0 ? this.#value(0) : this.#text())
    }
    return Buffer.concat([...parts, Buffer.from('Z')])
  }

  #value(depth: number): Buffer {
    if (depth < DEPTH_MAX && this.#below(3) === 0) return this.#container(depth)
    switch (this.#below(7)) {
      case 0:
        return Buffer.from([0x4e, 0x54, 0x46, 0x5b, 0x5c].slice(this.#below(5)).slice(0, 1))
      case 1:
        return Buffer.from([[0x80, 0xd8][this.#below(2)] ?? 0x80])
      case 2:
        return this.#fixed([0xc0, 0xf0, 0x5d][this.#below(3)] ?? 0xc0, 1)
      case 3:
        return this.#fixed([0xd0, 0x38, 0x5e][this.#below(3)] ?? 0xd0, 2)
      case 4:
        return this.#fixed([0x49, 0x4b, 0x59, 0x5f][this.#below(4)] ?? 0x49, 4)
      case 5:
        return this.#fixed([0x44, 0x4a, 0x4c][this.#below(3)] ?? 0x44, 8)
      default:
        return this.#below(2) === 0 ? this.#text() : this.#bytes()
    }
  }

  #container(depth: number): Buffer {
    if (this.#objects > 0 && this.#below(5) === 0) {
      return Buffer.concat([Buffer.from('Q'), integer(this.#below(this.#objects))])
    }
    if (this.#below(4) === 0) return this.#object(depth)
    this.#objects++
    const count = this.#below(5)
    const values = (values: number) => Array.from({ length: values }, () => this.#value(depth + 1))
    switch (this.#below(6)) {
      case 0:
        return Buffer.concat([Buffer.from('H'), ...values(count * 2), Buffer.from('Z')])
      case 1:
        return Buffer.concat([Buffer.from('M'), this.#type(), ...values(count * 2), Buffer.from('Z')])
      case 2:
        return Buffer.concat([Buffer.from('U'), this.#type(), ...values(count), Buffer.from('Z')])
      case 3:
        return Buffer.concat([Buffer.from('V'), this.#type(), integer(count), ...values(count)])
      case 4:
        return Buffer.concat([Buffer.from([0x70 + count]), this.#type(), ...values(count)])
      default:
        return Buffer.concat([Buffer.from([0x78 + count]), ...values(count)])
    }
  }

  #object(depth: number): Buffer {
    const parts: Buffer[] = []
    if (this.#classes.length === 0 || this.#below(3) === 0) {
      const fields = this.#below(4)
      this.#classes.push(fields)
      parts.push(Buffer.from('C'), string('demo.Class'), integer(fields))
      for (let i = 0; i < fields; i++) parts.push(string(`f${i}`))
    }
    const index = this.#below(this.#classes.length)
    parts.push(index < 16 ? Buffer.from([0x60 + index]) : Buffer.concat([Buffer.from('O'), integer(index)]))
    this.#objects++
    for (let i = this.#classes[index] ?? 0; i > 0; i--) parts.push(this.#value(depth + 1))
    return Buffer.concat(parts)
  }

  #type(): Buffer {
    if (this.#types > 0 && this.#below(2) === 0) return integer(this.#below(this.#types))
    this.#types++
    return string('java.util.ArrayList')
  }

  #text(): Buffer {
    const texts = ['', 'v', 'x'.repeat(40), 'y'.repeat(1100), 'né', '\ud83d\ude00']
    return string(texts[this.#below(texts.length)] ?? '')
  }

  #bytes(): Buffer {
    const size = this.#below(16)
    const content = Buffer.alloc(size, this.#below(256))
    switch (this.#below(3)) {
      case 0:
        return Buffer.concat([Buffer.from([0x20 + size]), content])
      case 1:
        return Buffer.concat([Buffer.from([0x34, size]), content])
      default:
        return Buffer.concat([Buffer.from([0x41, 0, size]), content, Buffer.from([0x42, 0, size]), content])
    }
  }

  #fixed(tag: number, size: number): Buffer {
    return Buffer.from([tag, ...Array.from({ length: size }, () => this.#below(256))])
  }
}

function integer(value: number): Buffer {
  return value < 47 ? Buffer.from([0x90 + value]) : Buffer.from([0x49, 0, 0, value >> 8, value & 0xff])
}

/** In the shortest form, units of one to three bytes. */
function string(text: string): Buffer {
  const units: number[] = []
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) units.push(unit)
    else if (unit < 0x800) units.push(0xc0 | (unit >> 6), 0x80 | (unit & 0x3f))
    else units.push(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f))
  }
  if (text.length < 32) return Buffer.from([text.length, ...units])
  if (text.length < 1024) return Buffer.from([0x30 | (text.length >> 8), text.length & 0xff, ...units])
  return Buffer.from([0x53, text.length >> 8, text.length & 0xff, ...units])
}
