/**
 * CodecDeclaration: what a file `NAME.codec.yaml` may say. One declaration gives the types, the validation, the JSON
 * Schema for editors and the tables of the README; what the parts mean together is checked when it is compiled.
 */
import { type ErrorKind, errorTable } from '../errors.ts'
import { byteSize, choice, type Infer, options } from '../options.ts'
import { Type } from '../type.ts'

const FIELDS_MAX = 64
const WORDS_MAX = 256
const NAME = '^[A-Za-z][A-Za-z0-9_-]*$'

const errorKinds = Object.keys(errorTable).filter((kind): kind is ErrorKind =>
  Object.hasOwn(errorTable, kind),
)

const word = Type.Union([Type.Integer({ minimum: 0 }), Type.String()])
const hex = (about: string) =>
  Type.String({ pattern: '^([0-9a-fA-F]{2}\\s*)*$', examples: ['4e', '01 52'], description: about })
const named = (about: string) =>
  Type.String({ pattern: NAME, examples: ['version', 'request_id'], description: about })
const width = (about: string) =>
  Type.Optional(choice(['u8', 'u16', 'u24', 'u32', 'varint'] as const, { about }))

export const meanings = [
  'magic',
  'version',
  'id',
  'length',
  'status',
  'checksum',
  'compressed',
  'reserved',
] as const

const meaning = Type.Optional(
  choice(meanings, { about: 'What the field is for; without it, it is data of the protocol.' }),
)
const valueNames = Type.Optional(
  Type.Record(Type.String({ pattern: '^[0-9]+$' }), Type.String({ minLength: 1 }), {
    maxProperties: WORDS_MAX,
    description: 'Words for numbers, `1: get`; the property is read and set as the word.',
  }),
)
const property = Type.Optional(
  Type.Union([Type.String({ minLength: 1 }), Type.Literal(false)], {
    description: "The property's name; default: the field's. `false`: there is none.",
  }),
)
const writable = Type.Optional(
  Type.Boolean({
    description:
      'Whether a filter may set it; default: yes for data, no for what has a meaning or tells kinds.',
  }),
)
const okWords = Type.Optional(
  Type.Array(Type.Integer({ minimum: 0 }), {
    minItems: 1,
    maxItems: WORDS_MAX,
    description:
      'Of a status: the values that are no failure; default: 0. Another makes a response an error.',
  }),
)
const fallback = Type.Optional(
  Type.Union([Type.Integer({ minimum: 0 }), Type.String()], {
    description: 'What stands there in messages that weir makes; default: 0, or no text.',
  }),
)

const bitsOptions = options({
  name: named('How the rest of the file calls it.'),
  at: Type.Union([Type.Integer({ minimum: 0, maximum: 31 }), Type.String({ pattern: '^[0-9]+-[0-9]+$' })], {
    description: 'Which bit, 0 being the lowest; or from which to which, `0-4`.',
    examples: [7, '0-4'],
  }),
  is: meaning,
  property,
  names: valueNames,
  writable,
  ok: okWords,
  default: fallback,
})

export const fieldOptions = options({
  name: named('How the rest of the file calls it.'),
  type: Type.String({
    description:
      'Numbers: u8, u16, u24, u32, u64, i8, i16, i32, i64, varint. Of fixed size: bytes(8), text(16). Of any size: bytes, text, pairs, json, body. In a line: word, text, pairs, json.',
    examples: ['u8', 'u24', 'varint', 'bytes(8)', 'text', 'pairs', 'body'],
  }),
  is: meaning,
  value: Type.Optional(
    Type.Union([word, Type.Array(word, { minItems: 1, maxItems: WORDS_MAX })], {
      description:
        'What must stand there: of a magic, of versions (a list: any of them). Bytes are written in hex.',
    }),
  ),
  default: fallback,
  property,
  names: valueNames,
  writable,
  bits: Type.Optional(
    Type.Array(bitsOptions, {
      minItems: 1,
      maxItems: 32,
      description: 'Parts of a number of up to 32 bits.',
    }),
  ),
  'byte-order': Type.Optional(
    choice(['big', 'little'] as const, { about: 'Where this field has another one.' }),
  ),
  counts: Type.Optional(
    Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1, maxItems: FIELDS_MAX })], {
      description:
        'Of a length: `frame` (all bytes), `rest` (all behind it), or the names of the fields whose bytes it counts.',
    }),
  ),
  plus: Type.Optional(
    Type.Integer({
      minimum: -1024,
      maximum: 1024,
      description: 'Of a length: it is so much more than what it counts.',
    }),
  ),
  ok: okWords,
  algorithm: Type.Optional(
    choice(['crc32', 'crc32c', 'adler32', 'fnv1a', 'xor', 'sum'] as const, { about: 'Of a checksum.' }),
  ),
  over: Type.Optional(
    Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1, maxItems: FIELDS_MAX })], {
      description:
        'Of a checksum: `frame` (all bytes but its own), `rest` (all behind it), or the names of fields, in wire order.',
    }),
  ),
  size: width('Of bytes, text, pairs and json: how wide the number of bytes in front of them is.'),
  count: width('Of pairs: how wide the number of pairs in front of them is.'),
  'key-size': width('Of pairs: how wide the number of bytes in front of a key is; default: u8.'),
  'value-size': width('Of pairs: how wide the number of bytes in front of a value is; default: u16.'),
  assign: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 4,
      description: 'Of pairs in text, such as `a=1;b=2`: what stands behind a key.',
    }),
  ),
  separator: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 4,
      description: 'Of pairs in text: what stands between two; default: `&`.',
    }),
  ),
  escape: Type.Optional(
    choice(['none', 'percent'] as const, {
      about:
        'Of pairs in text: `percent` writes other characters as %20 and reads + as a space; default: none.',
    }),
  ),
  prefix: Type.Optional(
    Type.String({
      description: 'Of pairs and json: stands in front of their keys in the names of properties.',
    }),
  ),
})

const wanted = Type.Record(Type.String(), Type.Union([word, Type.Array(word, { minItems: 1 })]), {
  minProperties: 0,
})
const condition = (about: string) =>
  Type.Optional(
    Type.Union([wanted, Type.Array(wanted, { minItems: 1, maxItems: 16 })], { description: about }),
  )

export const kindsOptions = options({
  heartbeat: condition('A sign of life that asks for an answer.'),
  'heartbeat-reply': condition('The answer to one; default: what upstreams send of the above.'),
  drain: condition('The peer asks for nothing more on this connection.'),
  oneway: condition('A request that is not answered.'),
  error: condition('A reply that reports a failure; a response whose status is not `ok` is one, too.'),
  response: condition('A reply; default: what comes from upstreams and is nothing else.'),
  request: condition('A request; default: what comes from callers and is nothing else.'),
})

export const errorOptions = options({
  status: Type.Optional(
    Type.Object(
      Object.fromEntries(errorKinds.map((kind) => [kind, Type.Optional(Type.Integer({ minimum: 0 }))])),
      { additionalProperties: false, description: "The status for each of weir's errors." },
    ),
  ),
  otherwise: Type.Integer({ minimum: 0, default: 1, description: 'The status for the others.' }),
  text: Type.Optional(
    Type.String({
      description: 'Where the sentence goes: `body`, or the name of a field or of a key of pairs or json.',
    }),
  ),
  kind: Type.Optional(
    Type.String({
      description: "Where the error's word, such as over_limit, goes: a field or a key of pairs or json.",
    }),
  ),
  copy: Type.Optional(
    Type.Array(Type.String(), {
      maxItems: FIELDS_MAX,
      description:
        'Fields that are copied from the request; default: all numbers and bytes of its fixed header.',
    }),
  ),
})

export const lineOptions = options({
  end: Type.String({ minLength: 1, maxLength: 4, default: '\r\n', description: 'What ends a line.' }),
  'also-end': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 4,
      description: 'What ends a line as well, `"\\n"`; lines keep the end they came with.',
    }),
  ),
  between: Type.String({
    minLength: 1,
    maxLength: 4,
    default: ' ',
    description: 'What stands between two words.',
  }),
  'size-max': byteSize({ about: 'The longest line with its end.', default: '64KiB' }),
})

const heartbeatOptions = options({
  body: Type.Optional(hex('The body of a sign of life that weir sends; default: none.')),
  reply: Type.Optional(
    Type.Union([Type.Literal('same'), hex('')], {
      description: 'The body of the answer to one: hex, or `same` for the one it came with; default: none.',
    }),
  ),
  line: Type.Optional(Type.String({ description: 'In lines: the whole line, without its end.' })),
  'reply-line': Type.Optional(Type.String({ description: 'In lines: the whole line that answers one.' })),
})

const greetingOptions = options({
  hex: Type.Optional(
    Type.String({
      maxLength: 4_096,
      examples: ['4c 50 01 ??'],
      description: 'The bytes; `??` may be any byte, and is 0 in what weir sends.',
    }),
  ),
  text: Type.Optional(Type.String({ maxLength: 1_024, description: 'Instead of hex: the bytes as text.' })),
  until: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 4,
      description: 'What follows may be anything up to this text, `"\\n"`, at most 1,024 bytes in all.',
    }),
  ),
  sends: Type.Optional(
    Type.String({
      maxLength: 4_096,
      description:
        'What weir sends in the place of this side, written like the greeting; default: the greeting itself.',
    }),
  ),
})

const prefaceOptions = options({
  caller: Type.Optional({
    ...greetingOptions,
    description: 'What callers begin with, and weir does towards upstreams.',
  }),
  upstream: Type.Optional({
    ...greetingOptions,
    description: 'What upstreams begin with, and weir does towards callers.',
  }),
})

const affinityOptions = options({
  own: Type.Union([Type.Literal('always'), wanted, Type.Array(wanted, { minItems: 1, maxItems: 16 })], {
    description:
      "From such a request on, those of its caller go over one upstream connection that is the caller's own; `always`: from the first.",
  }),
  release: condition('The request after which, answered, the connection is given back; default: none.'),
  pushes: Type.Boolean({
    default: false,
    description: 'What upstreams send there while nobody waits is given to the caller.',
  }),
})

export const limitOptions = options({
  frame: byteSize({ about: 'The largest frame, whatever the listener allows.', default: '64MiB' }),
  header: byteSize({
    about: 'The most bytes that are read to learn how large a frame is, at most 16383B.',
    default: '8KiB',
  }),
  pairs: Type.Integer({
    minimum: 1,
    maximum: 65_535,
    default: 1_024,
    description: 'The most pairs of one area.',
  }),
  'error-text': Type.Integer({
    minimum: 1,
    maximum: 65_535,
    default: 1_000,
    description: "The longest text of an error of weir's own.",
  }),
})

export const codecDeclaration = options(
  {
    about: Type.Optional(
      Type.String({ maxLength: 400, description: 'What the protocol is, in a sentence.' }),
    ),
    'byte-order': choice(['big', 'little'] as const, { about: 'Of numbers.', default: 'big' }),
    correlation: Type.Optional(
      choice(['id', 'fifo', 'exclusive'] as const, {
        about:
          'How a reply finds its request: by its id, in order, or one at a time. Default: id where there is one, else fifo.',
      }),
    ),
    line: Type.Optional(lineOptions),
    fields: Type.Array(fieldOptions, {
      minItems: 1,
      maxItems: FIELDS_MAX,
      description: 'The frame, in wire order.',
    }),
    kinds: Type.Optional(kindsOptions),
    operation: Type.String({
      default: '',
      maxLength: 400,
      description: 'The operation of a request, made of properties: `{service}/{method}`.',
    }),
    errors: Type.Optional(errorOptions),
    heartbeat: Type.Optional(heartbeatOptions),
    preface: Type.Optional(prefaceOptions),
    affinity: Type.Optional(affinityOptions),
    'announce-drain': Type.Boolean({
      default: false,
      description: 'Whether callers are sent the `drain` message when weir stops; else they are not told.',
    }),
    limits: Type.Optional(limitOptions),
  },
  'A protocol, declared.',
)

export type CodecDeclaration = Infer<typeof codecDeclaration>
export type FieldDeclaration = Infer<typeof fieldOptions>
export type BitsDeclaration = Infer<typeof bitsOptions>
export type GreetingDeclaration = NonNullable<NonNullable<CodecDeclaration['preface']>['caller']>
export type KindCondition = NonNullable<Infer<typeof kindsOptions>['request']>
