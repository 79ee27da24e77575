/** What a declaration says of connections: greetings, and requests that need one of their caller's own. */
import { describe, expect, it } from 'vitest'
import { problemText } from '../../../core/config/problem.ts'
import { readSchemaCodec } from '../../../core/config/schema-codec.ts'
import { ByteWriter, type Codec, type Direction } from '../../../sdk/index.ts'
import { Collected } from '../../support/collected.ts'
import { schemaCodec } from './read-schema.ts'

const LINES = `line: { end: "\\n" }
fields: [{ name: verb, type: word, writable: false }, { name: text, type: text }]
operation: "{verb}"
errors: { text: text }
`
const FRAMES = `fields:
  - { name: size, type: u8, is: length, counts: body }
  - { name: verb, type: u8, names: { 1: GET, 2: BEGIN, 3: END } }
  - { name: body, type: body }
operation: "{verb}"
errors: { text: body }
`

function prefaceOf(codec: Codec, direction: Direction): string {
  const out = new ByteWriter()
  codec.encodePreface?.(direction, out)
  return out.toBuffer().toString('latin1')
}

function operations(codec: Codec, parts: readonly (string | Buffer)[]): readonly string[] {
  const got = new Collected(codec)
  for (const part of parts) got.give(part)
  return [
    ...got.messages.map(({ operation }) => operation),
    ...got.lines.filter((line) => line.startsWith('mal')),
  ]
}

function problemsOf(text: string): readonly string[] {
  const read = readSchemaCodec('p', 'p.codec.yaml', text)
  return read.kind === 'codec' ? [] : read.problems.map(problemText)
}

describe('a declared greeting', () => {
  it.each([
    ['{ text: "HELLO\\n" }', 'HELLO\n', 'HELLO\n', 'HELLA\n'],
    ['{ hex: "48 ?? 0a" }', 'Hx\n', 'H\0\n', 'hx\n'],
    ['{ text: "HI ", until: "\\n" }', 'HI you\n', 'HI \n', 'HO you\n'],
    ['{ text: "HI ", until: "\\n", sends: "HI weir\\n" }', 'HI you\n', 'HI weir\n', 'HX\n'],
    ['{ hex: "48", until: "\\n", sends: "48 69 0a" }', 'Hxyz\n', 'Hi\n', 'X\n'],
  ])('%s is passed over, said in its side’s place, and told from others', (greeting, came, said, other) => {
    const codec = schemaCodec('p', `preface: { caller: ${greeting} }\n${LINES}`)
    expect([prefaceOf(codec, 'request'), prefaceOf(codec, 'response')]).toEqual(['', said])
    for (let cut = 0; cut <= came.length; cut++)
      expect(operations(codec, [came.slice(0, cut), `${came.slice(cut)}GET a\n`])).toEqual(['GET'])
    expect(operations(codec, [other])).toEqual([expect.stringMatching(/^malformed magic/)])
    expect(new Collected(codec, 'response').give('GET a\n').messages).toHaveLength(1)
    expect([codec.sniff?.(Buffer.from(came)), codec.sniff?.(Buffer.from(other))]).toEqual(['yes', 'no'])
  })

  it('stands before binary frames as well, with both sides', () => {
    const codec = schemaCodec('p', `preface: { caller: { text: A }, upstream: { text: BB } }\n${FRAMES}`)
    expect([prefaceOf(codec, 'request'), prefaceOf(codec, 'response')]).toEqual(['BB', 'A'])
    expect(operations(codec, [Buffer.from('A\0\x01\0\x03')])).toEqual(['GET', 'END'])
    expect(new Collected(codec, 'response').give('BB\0\x01').messages).toHaveLength(1)
  })

  it('without an end is not waited for', () => {
    const codec = schemaCodec('p', `preface: { caller: { text: "HI ", until: "\\n" } }\n${LINES}`)
    const got = new Collected(codec).give('HI ')
    for (let round = 0; round < 10; round++)
      if (got.lines.at(-1)?.startsWith('need')) got.give('x'.repeat(200))
    expect(got.lines.at(-1)).toMatch(/^malformed frame_size/)
    expect(got.decoder.pendingBytes).toBe(0)
  })

  it.each([
    ['{ text: a, hex: "61" }', /preface\.caller: a greeting is either hex or text/],
    ['{}', /a greeting is either hex or text/],
    ['{ hex: "6" }', /preface\.caller\.hex: "6" is no byte in hex, nor \?\?/],
    ['{ hex: "61", sends: "??" }', /preface\.caller\.sends: "\?\?" is no byte in hex/],
    ['{ text: "" }', /a greeting has 1 to 1024 bytes/],
  ])('that is %s is refused with its place', (greeting, wanted) => {
    expect(problemsOf(`preface: { caller: ${greeting} }\n${LINES}`).join('\n')).toMatch(wanted)
  })
})

describe('a declared affinity', () => {
  const affinities = (codec: Codec, text: string) =>
    new Collected(codec).give(text).messages.map(({ affinity }) => affinity)

  it('holds from the request that begins it to the one that ends it, on that connection alone', () => {
    const codec = schemaCodec(
      'p',
      `affinity: { own: { verb: [BEGIN, FOLLOW] }, release: { verb: END } }\n${LINES}`,
    )
    expect(affinities(codec, 'GET a\nBEGIN a\nGET b\nEND c\nGET d\nEND e\n')).toEqual([
      'shared',
      'own',
      'own',
      'release',
      'shared',
      'shared',
    ])
    expect(affinities(codec, 'GET a\n')).toEqual(['shared'])
    const [reply] = new Collected(codec, 'response').give('BEGIN a\n').messages
    expect(reply?.affinity).toBe('shared')
  })

  it('is told by words for numbers in binary frames, or is for always', () => {
    const codec = schemaCodec('p', `affinity: { own: [{ verb: BEGIN }], release: { verb: END } }\n${FRAMES}`)
    expect(affinities(codec, '\0\x01\0\x02\0\x01\0\x03')).toEqual(['shared', 'own', 'own', 'release'])
    expect(affinities(schemaCodec('p', `affinity: { own: always }\n${FRAMES}`), '\0\x01')).toEqual(['own'])
  })

  it('lets upstreams speak unasked where that is declared', () => {
    const pushing = schemaCodec('p', `affinity: { own: always, pushes: true }\n${LINES}`)
    const [message] = new Collected(pushing, 'response').give('NEWS a\n').messages
    if (message === undefined) throw new Error('there is no message')
    const sorter = pushing.createReplySorter?.()
    expect(sorter?.unasked(message, undefined, false)).toBe(true)
    expect(sorter?.unasked(message, message, false)).toBe(false)
    expect(sorter?.unasked(message, undefined, true)).toBe(false)
    expect(schemaCodec('p', `affinity: { own: always }\n${LINES}`).createReplySorter).toBeUndefined()
  })

  it('that names what is not there is refused with its place', () => {
    const found = problemsOf(`affinity: { own: { verv: GET } }\n${LINES}`).join('\n')
    expect(found).toMatch(/affinity\.own\.verv: there is no field "verv", did you mean "verb"\?/)
    expect(problemsOf(`affinity: { own: { verb: 300 } }\n${FRAMES}`).join('\n')).toMatch(
      /"verb" is .*not "300"/,
    )
  })
})
