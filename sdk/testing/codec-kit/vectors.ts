/**
 * Vectors: the list of frames that a codec is checked with, as it is written in `NAME.vectors.yaml`. Each is a name,
 * the bytes, and what the codec is to read in them; the kit makes everything else out of these.
 */
import Type from 'typebox'
import { byteSize, choice, type Infer, options } from '../../options.ts'

const KINDS = [
  'request',
  'oneway',
  'response',
  'error',
  'heartbeat',
  'heartbeat-reply',
  'drain',
  'stream-init',
  'stream-data',
  'stream-close',
] as const
const CODES = ['magic', 'version', 'frame_size', 'header', 'body', 'checksum', 'unexpected'] as const

const word = Type.Union([Type.String(), Type.Number(), Type.Boolean()])
const hex = (about: string) =>
  Type.String({
    pattern: '^([0-9a-fA-F\\s]|#[^\\n]*)*$',
    description: `${about} In hex; # begins a comment.`,
  })

const expectedMessage = options({
  kind: choice(KINDS, { about: 'What kind of message it is.' }),
  id: Type.Optional(
    Type.Union([Type.String(), Type.Integer()], {
      description: 'The request id; in quotes above 2^53. Absent: it is not looked at.',
    }),
  ),
  'stream-id': Type.Optional(Type.Integer({ minimum: 0, description: 'The stream id.' })),
  status: Type.Optional(Type.Integer({ description: 'The status of a reply; -1: none.' })),
  affinity: Type.Optional(
    choice(['shared', 'own', 'release'] as const, {
      about: "Whether the request needs an upstream connection of its client's own, or gives it back.",
    }),
  ),
  'wait-ms': Type.Optional(
    Type.Union([Type.Number({ minimum: 0 }), Type.Literal('forever')], {
      description: 'How long the request itself asks for its reply to be put off; forever: without end.',
    }),
  ),
  operation: Type.Optional(Type.String({ description: 'The operation, such as demo.Greeter/hello.' })),
  'header-size': Type.Optional(Type.Integer({ minimum: 0, description: "The header's size in bytes." })),
  properties: Type.Record(Type.String(), Type.Union([word, Type.Null(), Type.Array(word)]), {
    default: {},
    description: 'Keys with their value; a list: several values; null: the key is absent.',
  }),
  keys: Type.Optional(
    Type.Array(Type.String(), {
      description: 'All keys, in wire order. Absent: those of properties at least.',
    }),
  ),
  body: Type.Optional(hex('The body.')),
  'body-text': Type.Optional(Type.String({ description: 'The body as UTF-8.' })),
})

const lengthField = options({
  at: Type.Integer({ minimum: 0, description: 'Where the field begins.' }),
  size: Type.Integer({ minimum: 1, maximum: 8, description: 'How many bytes it has.' }),
})

const mutationCase = options({
  set: Type.Record(Type.String(), word, { default: {}, description: 'Keys to set.' }),
  add: Type.Record(Type.String(), word, { default: {}, description: 'Keys to add a value to.' }),
  remove: Type.Array(Type.String(), { default: [], description: 'Keys to remove.' }),
  body: Type.Optional(hex('The new body.')),
  hex: Type.Optional(hex('The whole frame afterwards.')),
  refused: Type.Optional(
    Type.Boolean({ description: 'true: the protocol cannot carry it, and encode says so.' }),
  ),
})

const vector = options({
  name: Type.String({ minLength: 1, description: 'What the frame is.' }),
  direction: Type.Optional(
    choice(['request', 'response'] as const, {
      about: 'Who sends it; default: replies come from upstreams, everything else from callers.',
    }),
  ),
  hex: Type.Optional(hex('The frame.')),
  text: Type.Optional(Type.String({ description: 'The frame as UTF-8, for protocols of lines.' })),
  message: Type.Optional(expectedMessage),
  malformed: Type.Optional(
    choice(CODES, { about: 'Instead of a message: why the decoder refuses these bytes.' }),
  ),
  opening: Type.Optional(
    Type.Boolean({
      description:
        'true, with malformed: the bytes are the first of a connection, in the place of its preface.',
    }),
  ),
  lengths: Type.Optional(
    Type.Array(lengthField, { description: 'Where lengths stand; absent: the kit looks for them.' }),
  ),
  answer: Type.Optional(
    hex('What a heartbeat, or a drain of a caller, is answered with; empty: with nothing.'),
  ),
  mutations: Type.Array(mutationCase, {
    default: [],
    description: 'Changes, beside those the kit makes up.',
  }),
})

export const codecVectors = options({
  protocol: Type.Optional(Type.String({ description: "The codec's name." })),
  'body-size-max': byteSize({ about: 'The limit of bodies in the checks.', default: '1MiB' }),
  preface: Type.Optional(
    options({
      request: Type.Optional(hex('What callers send before the first frame, such as a greeting.')),
      response: Type.Optional(hex('What upstreams send before it.')),
    }),
  ),
  'properties-in-body': Type.Boolean({
    default: false,
    description: 'true: the body holds the properties, so that a new body has its own.',
  }),
  together: Type.Array(Type.Array(Type.String()), {
    default: [],
    description: 'Keys that change together, because they are written in one place.',
  }),
  derived: Type.Array(Type.String(), {
    default: [],
    description: 'Keys that follow from others, and may change when these do.',
  }),
  resembles: Type.Array(Type.String(), {
    default: [],
    description: 'Protocols that begin alike: http, http2, tls, ssh, redis, text, dubbo.',
  }),
  vectors: Type.Array(vector, { minItems: 1, description: 'The frames.' }),
})

export type CodecVectors = Infer<typeof codecVectors>
export type CodecVector = CodecVectors['vectors'][number]
export type ExpectedMessage = NonNullable<CodecVector['message']>
export type MutationCase = CodecVector['mutations'][number]
