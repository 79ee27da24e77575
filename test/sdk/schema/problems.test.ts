/** What is said about declarations that do not hold together: every mistake, where it stands, and what may have been meant. */
import { describe, expect, it } from 'vitest'
import { problemText } from '../../../core/config/problem.ts'
import { readSchemaCodec } from '../../../core/config/schema-codec.ts'

function problemsOf(text: string): readonly string[] {
  const read = readSchemaCodec('p', 'p.codec.yaml', text)
  return read.kind === 'codec' ? [] : read.problems.map(problemText)
}

/** A declaration around fields that are right, with one more line each. */
function withField(field: string): string {
  return `fields:
  - { name: kind, type: u8 }
  - { name: size, type: u16, is: length, counts: body }
  - { name: id, type: u32, is: id }
  - ${field}
  - { name: body, type: body }
`
}

const SOUND = withField('{ name: spare, type: u8, is: reserved }')

describe('readSchemaCodec() says', () => {
  it('nothing about a declaration that is right', () => {
    expect(problemsOf(SOUND)).toEqual([])
  })

  it('every unknown key and word with its line and the nearest valid one', () => {
    const text =
      'byte-ordr: big\nfields:\n  - { name: id, type: u32, is: idd }\n  - { name: b, type: body, sise: u8 }\n'
    const [first, second, third, ...others] = problemsOf(text)
    expect(first).toMatch(/^p\.codec\.yaml:1:1: byte-ordr: unknown key .*did you mean "byte-order"\?/)
    expect(second).toMatch(/^p\.codec\.yaml:3:\d+: fields\[0\]\.is: unknown value "idd", did you mean "id"\?/)
    expect(third).toMatch(
      /^p\.codec\.yaml:4:\d+: fields\[1\]\.sise: unknown key "sise", did you mean "size"\?/,
    )
    expect(others).toEqual([])
  })

  it('everything that does not go together at once, in the order of the file', () => {
    const found = problemsOf(`fields:
  - { name: magic, type: u17, is: magic }
  - { name: size, type: u16, is: length, counts: boddy }
  - { name: size, type: u16, is: length }
  - { name: sum, type: u32, is: checksum, algorithm: crc32, over: [bodi] }
  - { name: level, type: u8, bits: [{ name: high, at: 8 }], key-size: u8 }
  - { name: body, type: body }
kinds:
  request: { levl: 1 }
  response: { level: 256 }
  oneway: { level: 1, from: clint }
correlation: id
operation: "{servce}/x"
errors: { text: nowhere, copy: [levl] }
announce-drain: true
`)
    expect(found.map((text) => text.replace(/^p\.codec\.yaml:(\d+):\d+: /, '$1 '))).toEqual([
      '2 fields[0].type: unknown type "u17", did you mean "u16"?',
      expect.stringMatching(/^3 fields\[1\]\.counts: there is no field "boddy", did you mean "body"\?/),
      '4 fields[2]: "counts" is missing: which bytes the length counts',
      '4 fields[2].name: there are two fields "size"',
      expect.stringMatching(/^5 fields\[3\]\.over: there is no field "bodi", did you mean "body"\?/),
      '6 fields[4].bits[0].at: "level" has the bits 0 to 7',
      '6 fields[4].key-size: "key-size" goes with pairs',
      expect.stringMatching(/^9 kinds\.request\.levl: there is no field "levl", did you mean "level"\?/),
      '10 kinds.response.level: "level" is a number of 8 bits, not "256"',
      '11 kinds.oneway.from: "from" is caller or upstream; known: caller, upstream',
      '12 correlation: no field is the id (`is: id`) by which replies find their requests',
      expect.stringMatching(/^13 operation: there is no property "servce"/),
      expect.stringMatching(/^14 errors\.text: there is no field "nowhere"/),
      expect.stringMatching(/^14 errors\.copy\[0\]: there is no field "levl", did you mean "level"\?/),
      '15 announce-drain: no kind is declared as "drain"',
    ])
  })

  it.each([
    ['{ name: v, type: u8, is: version, value: 300 }', /300 is not what a field of 1 bytes holds/],
    ['{ name: m, type: text(2), is: magic }', /"value" is missing: what must stand there/],
    ['{ name: id2, type: u8, is: id }', /"id" is the id already/],
    ['{ name: t, type: text }', /nothing tells how many bytes "t" has/],
    ['{ name: t, type: text(5000) }', /must have 1 to 1024 bytes/],
    [
      '{ name: sum, type: varint, is: checksum, algorithm: xor, over: body }',
      /a checksum is a number of fixed width/,
    ],
    ['{ name: sum, type: u8, is: checksum, algorithm: xor }', /"over" is missing/],
    ['{ name: sum, type: u8, is: checksum, over: body }', /"algorithm" is missing: one of crc32, crc32c/],
    [
      '{ name: sum, type: u8, is: checksum, algorithm: xor, over: [sum] }',
      /a checksum cannot be over itself/,
    ],
    [
      '{ name: v, type: varint, is: length, counts: frame }',
      /a length of variable width cannot count itself/,
    ],
    [
      '{ name: h, type: pairs, size: u8, count: u8 }',
      /pairs have a "size" or a "count" in front of them, not both/,
    ],
    ['{ name: rest, type: u8 }', /"rest" means something else where fields are named/],
    ['{ name: w, type: word }', /unknown type "word"/],
    [
      '{ name: f, type: u8, bits: [{ name: c, at: 0, is: length }] }',
      /bits are no length: it is a whole field/,
    ],
    ['{ name: c, type: text, size: u8, is: compressed }', /"is: compressed" goes with a number/],
  ])('of the field %s what is wrong with it', (field, wanted) => {
    expect(problemsOf(withField(field)).join('\n')).toMatch(wanted)
  })

  it('that two areas must not answer to the same keys', () => {
    const pairs = (name: string) => `{ name: ${name}, type: pairs, size: u8 }`
    expect(problemsOf(`fields:\n  - ${pairs('a')}\n  - ${pairs('b')}\n`)).toEqual([
      'p.codec.yaml:3:5: fields[1]: the keys of "b" are called like those of "a": give one a "prefix"',
    ])
  })

  it('that sums must not be over each other', () => {
    const sum = (name: string, over: string) =>
      `{ name: ${name}, type: u8, is: checksum, algorithm: sum, over: ${over} }`
    expect(problemsOf(`fields:\n  - ${sum('a', '[b]')}\n  - ${sum('b', '[a]')}\n`).join('\n')).toMatch(
      /"a" and "b" are over each other/,
    )
  })

  it('that a frame has no more than eight parts of any size', () => {
    const parts = Array.from({ length: 9 }, (_, index) => `  - { name: t${index}, type: text, size: u8 }\n`)
    expect(problemsOf(`fields:\n${parts.join('')}`)).toEqual([
      'p.codec.yaml:1:1: fields: a frame has at most 8 fields of any size, not 9',
    ])
  })

  it('what a line cannot have', () => {
    const found = problemsOf(
      'line: {}\nfields:\n  - { name: n, type: u8 }\n  - { name: w, type: word, is: length }\n',
    )
    expect(found.join('\n')).toMatch(/3:\d+: fields\[0\]\.type: unknown type "u8".* in a line/)
    expect(found.join('\n')).toMatch(/4:\d+: fields\[1\]\.is: a line has no length/)
  })

  it('what YAML makes of a text that is none', () => {
    expect(problemsOf('fields: [\n')[0]).toMatch(/^p\.codec\.yaml:2:1: /)
  })
})
