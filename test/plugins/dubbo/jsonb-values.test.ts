/** Values of JSONB of every type: stepped over, read as attachments, refused when they lie. */
import { describe, expect, test } from 'vitest'
import { changed, decodeOne, encoded, frame, hex, jsonbMap, jsonbRequestBody, problemOf } from './wire.ts'

function carrying(attachments: Uint8Array): Buffer {
  return frame(jsonbRequestBody([hex('4c617267')], attachments), { flag: 0xd7 })
}

/** name, bytes, the text as an attachment (`undefined`: it has none). */
const values: readonly (readonly [name: string, bytes: string, text: string | undefined])[] = [
  ['null', 'af', undefined],
  ['false', 'b0', 'false'],
  ['true', 'b1', 'true'],
  ['int -16', 'f0', '-16'],
  ['int 47', '2f', '47'],
  ['int -2048', '30 00', '-2048'],
  ['int 2047', '3f ff', '2047'],
  ['int -262144', '40 00 00', '-262144'],
  ['int 262143', '47 ff ff', '262143'],
  ['int of four bytes', '48 80 00 00 00', '-2147483648'],
  ['byte', 'bd ff', '-1'],
  ['short', 'bc 80 00', '-32768'],
  ['long -8', 'd8', '-8'],
  ['long 15', 'ef', '15'],
  ['long -2048', 'c8 00', '-2048'],
  ['long -262144', 'c0 00 00', '-262144'],
  ['long of four bytes', 'bf 7f ff ff ff', '2147483647'],
  ['long of eight bytes', 'be 7f ff ff ff ff ff ff ff', '9223372036854775807'],
  ['double 0', 'b2', '0'],
  ['double 1', 'b3', '1'],
  ['double that is whole', 'b4 2f', '47'],
  ['double', 'b5 40 28 80 00 00 00 00 00', '12.25'],
  ['float that is whole', 'b6 38 64', '100'],
  ['float', 'b7 3f c0 00 00', '1.5'],
  ['decimal that is whole', 'b8 bf 00 01 00 00', '65536'],
  ['decimal of a big integer', 'b9 02 bb 02 01 02', undefined],
  ['decimal of a number', 'b9 02 2f', undefined],
  ['big integer that is a long', 'ba be 00 00 00 01 00 00 00 00', '4294967296'],
  ['big integer', 'bb 03 01 02 03', undefined],
  ['char', '90 38 61', undefined],
  ['bytes', '91 03 01 02 03', undefined],
  ['milliseconds', 'ab 00 00 00 d0 4b 92 84 b8', '1998-05-08T09:51:31.000Z'],
  ['seconds', 'ac 35 52 d5 a3', '1998-05-08T09:51:31.000Z'],
  ['minutes', 'ad 00 e3 83 8f', '1998-05-08T09:51:00.000Z'],
  ['timestamp', 'ae be 00 00 00 00 35 52 d5 a3 00', undefined],
  ['timestamp with a zone', 'aa 07 ce 05 08 09 33 1f 00 4c 55 54 43', undefined],
  ['local date', 'a9 07 ce 05 08', undefined],
  ['local time', 'a7 09 33 1f 48 00 0f 42 40', undefined],
  ['local date and time', 'a8 07 ce 05 08 09 33 1f 00', undefined],
  ['empty string', '49', ''],
  ['short string', '4e 68 65 6c 6c 6f', 'hello'],
  ['short string of Latin-1', '4a e9', 'é'],
  ['ASCII string', '79 05 68 65 6c 6c 6f', 'hello'],
  ['UTF-8 string', '7a 06 e4 bd a0 e5 a5 bd', '你好'],
  ['UTF-8 string beyond the BMP', '7a 04 f0 9f 98 80', '\u{1f600}'],
  ['UTF-16 string, big endian by default', '7b 02 4f 60', '你'],
  ['UTF-16 string, marked little endian', '7b 04 ff fe 60 4f', '你'],
  ['UTF-16 string, marked big endian', '7b 04 fe ff 4f 60', '你'],
  ['UTF-16LE string', '7c 02 60 4f', '你'],
  ['UTF-16BE string', '7d 02 4f 60', '你'],
  ['UTF-16 string of an odd size', '7d 03 4f 60 00', '你'],
  ['GB18030 string', '7e 02 c4 e3', undefined],
  ['symbol that is named', '7f 4c 61 62 63 01', undefined],
  ['symbol named before', '7f 01', undefined],
  ['typed value', '92 4c 61 62 63 00 a6 a5', undefined],
  ['value of a type named before', '92 00 a6 a5', undefined],
  ['reference', '93 4c 24 2e 61', undefined],
  ['empty array', '94', undefined],
  ['short array', '96 01 4a 61', undefined],
  ['array', 'a4 02 01 02', undefined],
  ['object', 'a6 4a 61 01 4a 62 a6 a5 a5', undefined],
  ['object with numbers as keys', 'a6 01 02 03 04 a5', undefined],
]

describe.each(values)('a value: %s', (_name, text, expected) => {
  const value = hex(text)

  test('reads as the text it has as an attachment', () => {
    const message = decodeOne(
      carrying(
        jsonbMap([
          ['k', value],
          ['after', 'w'],
        ]),
      ),
    )
    expect(message.get('after')).toBe('w')
    expect(message.get('k')).toBe(expected)
    expect(message.keys().includes('k')).toBe(expected !== undefined)
    if (expected !== undefined || text === 'af') expect(message.problem).toBeUndefined()
    else expect(message.problem).toMatch(/^attachment "k" is .*, which has no text$/)
  })

  test('gives way to a text, and stays where others change', () => {
    const bytes = carrying(
      jsonbMap([
        ['k', value],
        ['after', 'w'],
      ]),
    )
    const set = carrying(
      jsonbMap([
        ['k', 'new'],
        ['after', 'w'],
      ]),
    )
    expect(encoded(changed(bytes, (mutation) => mutation.set('k', 'new'))).equals(set)).toBe(true)
    const other = carrying(
      jsonbMap([
        ['k', value],
        ['after', 'x'],
        ['new', 'y'],
      ]),
    )
    const message = changed(bytes, (mutation) => {
      mutation.set('after', 'x')
      mutation.set('new', 'y')
    })
    expect(encoded(message).equals(other)).toBe(true)
  })

  test('is refused when it is cut off, wherever', () => {
    for (let size = 0; size < value.length; size++) {
      const cut = Buffer.concat([hex('a6 4a 6b'), value.subarray(0, size)])
      const message = decodeOne(carrying(cut))
      expect(message.get('k')).toBeUndefined()
      expect(message.problem).toMatch(/^the map of attachments /)
    }
  })
})

const lies: readonly (readonly [name: string, attachments: Buffer, problem: RegExp])[] = [
  ['no map', hex('4a 61'), /is no map/],
  ['without an end', hex('a6 4a 61 4a 62'), /is cut off/],
  ['with a key and no value', hex('a6 4a 61 a5'), /has an end without a beginning/],
  ['with a string longer than the body', hex('a6 79 48 7f ff ff ff 61'), /has a string that is not whole/],
  ['with a string of a negative size', hex('a6 79 ff 61'), /has a string that is not whole/],
  ['with an array of 2,147,483,647', hex('a6 4a 61 a4 48 7f ff ff ff 01 a5'), /announces more than follows/],
  ['with an array of a negative count', hex('a6 4a 61 a4 ff 01 a5'), /announces no count/],
  ['with bytes of 2,147,483,647', hex('a6 4a 61 91 48 7f ff ff ff 01 a5'), /is cut off/],
  [
    'with an array in 100,000 arrays',
    Buffer.concat([hex('a6 4a 61'), Buffer.alloc(100_000, 0x95)]),
    /deeper than 64/,
  ],
  ['with an object in 100,000 objects', Buffer.alloc(100_000, 0xa6), /deeper than 64/],
  [
    'with types of types',
    Buffer.concat([hex('a6 4a 61'), Buffer.alloc(100_000, hex('92 00'))]),
    /is cut off/,
  ],
]

describe.each(lies)('a map %s', (_name, attachments, problem) => {
  test('leaves the head readable and says why it is not', () => {
    const message = decodeOne(carrying(attachments))
    expect(message.operation).toBe('demo.Greet/greet')
    expect(message.get('k')).toBeUndefined()
    expect(message.problem).toMatch(problem)
    expect(problemOf(changed(carrying(attachments), (mutation) => mutation.set('k', 'v')))).toMatch(problem)
  })
})

test('a map of a named type is read and changed', () => {
  const typed = (value: string) => Buffer.concat([hex('92 4c 61 62 63 00'), jsonbMap([['k', value]])])
  expect(decodeOne(carrying(typed('v'))).get('k')).toBe('v')
  const set = encoded(changed(carrying(typed('v')), (mutation) => mutation.set('k', 'w')))
  expect(set.equals(carrying(typed('w')))).toBe(true)
})

test('sizes that lie about the strings of the head are refused', () => {
  const bytes = carrying(jsonbMap([]))
  for (const size of [0, 5, 7, 0x7fffffff, 0xffffffff]) {
    const other = Buffer.from(bytes)
    other.writeUInt32BE(size, 16)
    const message = decodeOne(other)
    expect(message.get('interface')).toBeUndefined()
    expect(message.problem).toBeDefined()
    expect(encoded(message).equals(other)).toBe(true)
  }
})
