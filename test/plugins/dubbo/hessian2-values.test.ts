/** Values of Hessian 2.0 of every type: stepped over as arguments, read as attachments, refused when they lie. */
import { describe, expect, test } from 'vitest'
import { changed, decodeOne, encoded, frame, hex, map, problemOf, requestBody, string } from './wire.ts'

/** name, bytes, the text as an attachment (`undefined`: it has none). Examples follow Hessian 2.0 §4. */
const values: readonly (readonly [name: string, bytes: string, text: string | undefined])[] = [
  ['null', '4e', undefined],
  ['true', '54', 'true'],
  ['false', '46', 'false'],
  ['int 0', '90', '0'],
  ['int -16', '80', '-16'],
  ['int 47', 'bf', '47'],
  ['int -2048', 'c0 00', '-2048'],
  ['int 2047', 'cf ff', '2047'],
  ['int -262144', 'd0 00 00', '-262144'],
  ['int 262143', 'd7 ff ff', '262143'],
  ['int of four bytes', '49 80 00 00 00', '-2147483648'],
  ['long 0', 'e0', '0'],
  ['long -8', 'd8', '-8'],
  ['long 15', 'ef', '15'],
  ['long -2048', 'f0 00', '-2048'],
  ['long 2047', 'ff ff', '2047'],
  ['long -262144', '38 00 00', '-262144'],
  ['long 262143', '3f ff ff', '262143'],
  ['long of four bytes', '59 7f ff ff ff', '2147483647'],
  ['long of eight bytes', '4c 7f ff ff ff ff ff ff ff', '9223372036854775807'],
  ['double 0', '5b', '0'],
  ['double 1', '5c', '1'],
  ['double of one byte', '5d 80', '-128'],
  ['double of two bytes', '5e 7f ff', '32767'],
  ['double of thousandths', '5f 00 00 05 dc', '1.5'],
  ['double of eight bytes', '44 40 28 80 00 00 00 00 00', '12.25'],
  ['date in milliseconds', '4a 00 00 00 d0 4b 92 84 b8', '1998-05-08T09:51:31.000Z'],
  ['date in minutes', '4b 00 e3 83 8f', '1998-05-08T09:51:00.000Z'],
  ['date beyond every calendar', '4a 7f ff ff ff ff ff ff ff', '9223372036854776000'],
  ['empty string', '00', ''],
  ['short string', '05 68 65 6c 6c 6f', 'hello'],
  ['string of two bytes a unit', '01 c3 83', 'Ã'],
  ['string of three bytes a unit', '02 e4 bd a0 e5 a5 bd', '你好'],
  ['string beyond the BMP as Java writes it', '02 ed a0 bd ed b8 80', '\u{1f600}'],
  ['string beyond the BMP as UTF-8', '02 f0 9f 98 80', '\u{1f600}'],
  ['lone surrogate', '01 ed a0 80', '\ud800'],
  ['overlong unit', '01 c0 80', '\0'],
  ['medium string', '30 05 68 65 6c 6c 6f', 'hello'],
  ['long string', '53 00 05 68 65 6c 6c 6f', 'hello'],
  ['string in chunks', '52 00 02 68 65 53 00 03 6c 6c 6f', 'hello'],
  ['string in chunks with a short end', '52 00 02 68 65 03 6c 6c 6f', 'hello'],
  ['string with a line break and NUL', '04 0d 0a 00 41', '\r\n\0A'],
  ['no bytes', '20', undefined],
  ['short bytes', '23 01 02 03', undefined],
  ['medium bytes', '34 03 01 02 03', undefined],
  ['long bytes', '42 00 03 01 02 03', undefined],
  ['bytes in chunks', '41 00 02 01 02 42 00 01 03', undefined],
  ['bytes in chunks with a short end', '41 00 02 01 02 21 03', undefined],
  ['untyped map', '48 01 61 90 01 62 4e 5a', undefined],
  ['typed map', '4d 01 74 01 61 90 5a', undefined],
  ['map with a map as key', '48 48 5a 90 5a', undefined],
  ['typed list with an end', '55 01 74 90 91 5a', undefined],
  ['typed list with a length', '56 01 74 92 90 91', undefined],
  ['untyped list with an end', '57 90 91 5a', undefined],
  ['untyped list with a length', '58 92 90 91', undefined],
  ['short typed list', '72 01 74 90 91', undefined],
  ['short untyped list', '7a 90 91', undefined],
  ['empty lists', '7b 70 01 74 78 57 5a', undefined],
  ['list of a type named before', '7a 71 01 74 90 71 90 91', undefined],
  ['object', '43 01 63 92 01 61 01 62 60 90 02 68 69', undefined],
  ['object of a long class number', '43 01 63 91 01 61 4f 90 90', undefined],
  ['two objects of a class', '7a 43 01 63 91 01 61 60 90 60 91', undefined],
  ['object without fields', '43 01 63 90 60', undefined],
  ['object in an object', '43 01 63 91 01 61 60 60 4e', undefined],
  ['list that refers to itself', '79 51 90', undefined],
  ['list with a reference to a sibling', '7a 48 5a 51 91', undefined],
]

describe.each(values)('a value: %s', (_name, text, expected) => {
  const value = hex(text)

  test('is stepped over as an argument', () => {
    const message = decodeOne(frame(requestBody([value, string('end')], map([['k', 'v']]))))
    expect(message.get('k')).toBe('v')
    expect(message.problem).toBeUndefined()
  })

  test('is stepped over as a result', () => {
    const body = Buffer.concat([hex('94'), value, map([['k', 'v']])])
    expect(decodeOne(frame(body, { flag: 0x02, status: 20 })).get('k')).toBe('v')
  })

  test('reads as the text it has as an attachment', () => {
    const message = decodeOne(
      frame(
        requestBody(
          [],
          map([
            ['k', value],
            ['after', 'w'],
          ]),
        ),
      ),
    )
    expect(message.get('after')).toBe('w')
    expect(message.get('k')).toBe(expected)
    expect(message.keys().includes('k')).toBe(expected !== undefined)
    if (expected !== undefined || text === '4e') expect(message.problem).toBeUndefined()
    else expect(message.problem).toMatch(/^attachment "k" is .*, which has no text$/)
  })

  test('gives way to a text and to nothing', () => {
    const bytes = frame(
      requestBody(
        [value],
        map([
          ['k', value],
          ['after', 'w'],
        ]),
      ),
    )
    const other = frame(
      requestBody(
        [value],
        map([
          ['k', 'new'],
          ['after', 'w'],
        ]),
      ),
    )
    expect(encoded(changed(bytes, (mutation) => mutation.set('k', 'new'))).equals(other)).toBe(true)
    const gone = frame(requestBody([value], map([['after', 'w']])))
    expect(encoded(changed(bytes, (mutation) => mutation.remove('k'))).equals(gone)).toBe(true)
  })

  test('stays as it is beside attachments that change', () => {
    const bytes = frame(
      requestBody(
        [value],
        map([
          ['first', 'v'],
          ['k', value],
          ['last', 'v'],
        ]),
      ),
    )
    const other = frame(
      requestBody(
        [value],
        map([
          ['k', value],
          ['last', 'w'],
          ['new', 'x'],
        ]),
      ),
    )
    const message = changed(bytes, (mutation) => {
      mutation.remove('first')
      mutation.set('last', 'w')
      mutation.add('new', 'x')
    })
    expect(encoded(message).equals(other)).toBe(true)
  })

  test('is refused when it is cut off, wherever', () => {
    for (let size = 0; size < value.length; size++) {
      const cut = value.subarray(0, size)
      const message = decodeOne(frame(requestBody([cut], Buffer.alloc(0))))
      expect(message.get('k')).toBeUndefined()
      // A shorter value may be whole, and then it is the map that is missing.
      if (message.problem === undefined) expect(message.keys()).not.toContain('k')
      expect(message.get('interface')).toBe('demo.Greet')
    }
  })
})

/** name, the argument, what the problem says about it. */
const lies: readonly (readonly [name: string, argument: Buffer, problem: RegExp])[] = [
  ['a string longer than the body', hex('53 ff ff 61 61 61'), /argument 1 has a string that is not whole/],
  ['a list of 2,147,483,647', hex('58 49 7f ff ff ff'), /announces more than follows/],
  ['a list of a negative length', hex('58 8f'), /announces a negative count/],
  [
    'a list in 100,000 lists',
    Buffer.concat([Buffer.alloc(100_000, 0x79), hex('4e')]),
    /nested deeper than 64/,
  ],
  ['a map as the key of 100,000 maps', Buffer.alloc(100_000, 0x48), /nested deeper than 64/],
  ['a reference beyond what there is', hex('51 49 7f ff ff ff'), /refers to an object that is not there/],
  ['a reference below zero', hex('51 8f'), /refers to an object that is not there/],
  ['a class with 2,147,483,647 fields', hex('43 01 61 49 7f ff ff ff'), /announces more fields than follow/],
  ['a class with fewer fields than none', hex('43 01 61 8f'), /announces more fields than follow/],
  ['an object without a class', hex('60'), /is of a class that is not defined/],
  ['an object of a class below zero', hex('4f 8f'), /is of a class that is not defined/],
  ['an end without a beginning', hex('5a'), /has an end without a beginning/],
  ['a map that ends behind a key', hex('48 01 61 5a'), /has an end without a beginning/],
  ['a type that is not named', hex('71 90 4e'), /has a type that is not named/],
  ['a byte that begins nothing', hex('45'), /has the byte 45, which begins no value/],
  ['a unit that cannot begin', hex('02 80 80'), /has a string that is not whole/],
  ['bytes that go on as something else', hex('41 00 01 00 90'), /has bytes that do not go on/],
]

describe.each(lies)('an argument that is %s', (_name, argument, problem) => {
  const bytes = frame(requestBody([argument], map([['k', 'v']])))

  test('leaves the head readable and says why the attachments are not', () => {
    const message = decodeOne(bytes)
    expect(message.operation).toBe('demo.Greet/greet')
    expect(message.problem).toBeUndefined()
    expect(message.get('k')).toBeUndefined()
    expect(message.problem).toMatch(problem)
  })

  test('passes when nobody changes it and is refused when somebody does', () => {
    expect(encoded(decodeOne(bytes)).equals(bytes)).toBe(true)
    expect(problemOf(changed(bytes, (mutation) => mutation.set('k', 'w')))).toMatch(problem)
  })
})

test('a graph that would expand to 10^12 objects is stepped over once', () => {
  let value = hex('58 9a 90 90 90 90 90 90 90 90 90 90')
  for (let level = 1; level < 12; level++) {
    // A list of the list before and of nine references to it: objects are numbered from the outside in.
    const references = Buffer.alloc(18, Buffer.from([0x51, 0x91]))
    value = Buffer.concat([hex('58 9a'), value, references])
  }
  const message = decodeOne(frame(requestBody([value], map([['k', 'v']]))))
  expect(message.get('k')).toBe('v')
})

test('a nesting of 64 is read and one of 65 is not', () => {
  const nested = (depth: number) => Buffer.concat([Buffer.alloc(depth, 0x79), hex('4e')])
  expect(decodeOne(frame(requestBody([nested(64)], map([['k', 'v']])))).get('k')).toBe('v')
  expect(decodeOne(frame(requestBody([nested(65)], map([['k', 'v']])))).get('k')).toBeUndefined()
})
