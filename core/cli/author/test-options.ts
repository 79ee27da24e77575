/**
 * TestOptions: what may stand in a file of cases, `NAME.test.yaml`. A message is written with its properties, or as
 * a frame of a protocol in hexadecimal digits, under the protocol's name.
 */
import {
  choice,
  duration,
  type ErrorKind,
  errorTable,
  type Infer,
  options,
  Type,
} from '../../../sdk/index.ts'
import { grantNames } from '../../plugin/options.ts'

const KINDS = ['request', 'oneway', 'response', 'error', 'heartbeat', 'heartbeat-reply'] as const
const RESULTS = ['ok', 'oneway', 'local_reply', 'error', 'dropped', 'downstream_gone'] as const
export const verdictWords = ['continue', 'reply', 'forward', 'drop', 'close'] as const
const errorKinds = Object.keys(errorTable).filter((kind): kind is ErrorKind =>
  Object.hasOwn(errorTable, kind),
)

const anything = Type.Record(Type.String(), Type.Unknown())
const oneOrMore = Type.Union([Type.String(), Type.Array(Type.String())])
const wantedValue = Type.Union([Type.String(), Type.Array(Type.String()), Type.Null()])
const pairs = Type.Record(Type.String(), Type.String())

const message = {
  kind: Type.Optional(choice(KINDS, { about: 'Default: request, and response for a response.' })),
  id: Type.Optional(Type.String({ description: 'The request id; numbers in quotes stay exact.' })),
  operation: Type.Optional(Type.String({ description: 'Such as demo.Greeter/hello.' })),
  status: Type.Optional(Type.Integer()),
  properties: Type.Optional(Type.Record(Type.String(), oneOrMore)),
  body: Type.Optional(Type.String()),
  size: Type.Optional(Type.Integer({ minimum: 0, maximum: 67_108_864, description: 'Of the whole frame.' })),
  listener: Type.Optional(Type.String()),
  peer: Type.Optional(Type.String()),
  protocol: Type.Optional(Type.String()),
}

const edit = Type.Union([
  options({ set: pairs }),
  options({ add: pairs }),
  options({ remove: Type.String() }),
  options({ body: Type.String() }),
])

const said = {
  logs: Type.Optional(Type.Array(Type.String(), { description: 'All lines, such as "info hello".' })),
  counters: Type.Optional(Type.Record(Type.String(), Type.Integer())),
  failure: Type.Optional(Type.String({ description: 'A part of why the call failed.' })),
}

const expectation = options({
  verdict: Type.Optional(choice(verdictWords, { about: 'Default: what the other keys tell, or continue.' })),
  error: Type.Optional(choice(errorKinds, { about: 'The error that it replies with.' })),
  text: Type.Optional(Type.String({ description: 'What the caller is told with the error.' })),
  cluster: Type.Optional(Type.String({ description: 'Where it forwards to.' })),
  reply: Type.Optional(options({ properties: Type.Optional(pairs), body: Type.Optional(Type.String()) })),
  properties: Type.Optional(Type.Record(Type.String(), wantedValue)),
  body: Type.Optional(Type.String()),
  mutation: Type.Optional(Type.Array(edit, { description: 'All edits, in order.' })),
  ...said,
})

const outcome = options({
  result: Type.Optional(choice(RESULTS, { about: 'Default: ok.' })),
  error: Type.Optional(choice(errorKinds, { about: 'Why.' })),
  text: Type.Optional(Type.String()),
  cluster: Type.Optional(Type.String()),
  endpoint: Type.Optional(Type.String()),
  attempts: Type.Optional(Type.Integer()),
  'duration-ms': Type.Optional(Type.Number()),
})

const answer = Type.Union([
  Type.String({ description: 'Why the call out fails.' }),
  options({
    status: Type.Optional(Type.Integer()),
    properties: Type.Optional(pairs),
    body: Type.Optional(Type.String()),
  }),
])

/** `protocols` are the codecs that there are: a frame is written under the name of one. */
export function testOptions(protocols: readonly string[]) {
  const frame = Type.Optional(Type.String({ pattern: '^[0-9a-fA-F\\s]*$', description: 'A frame in hex.' }))
  const given = options({ ...message, ...Object.fromEntries(protocols.map((name) => [name, frame])) })
  const call = {
    after: Type.Optional(duration({ about: 'How much time passes before.' })),
    request: Type.Optional(given),
    expect: Type.Optional(expectation),
    response: Type.Optional(given),
    'expect-response': Type.Optional(expectation),
    end: Type.Optional(outcome),
    'expect-end': Type.Optional(options(said)),
  }
  return options({
    config: Type.Optional(anything),
    grants: Type.Optional(Type.Array(choice(grantNames, { about: 'A capability.' }))),
    cases: Type.Array(
      options({
        name: Type.String({ minLength: 1, maxLength: 200 }),
        config: Type.Optional(anything),
        route: Type.Optional(Type.Unknown({ description: 'What the route configures of the plugin.' })),
        random: Type.Optional(Type.Array(Type.Number({ minimum: 0, exclusiveMaximum: 1 }), { minItems: 1 })),
        answers: Type.Optional(Type.Record(Type.String(), answer)),
        store: Type.Optional(pairs),
        ...call,
        calls: Type.Optional(
          Type.Array(options(call), { minItems: 1, description: 'Several, one after the other.' }),
        ),
      }),
      { minItems: 1, maxItems: 10_000 },
    ),
  })
}

export type TestFile = Infer<ReturnType<typeof testOptions>>
export type TestCase = TestFile['cases'][number]
export type TestCall = NonNullable<TestCase['calls']>[number]
export type TestMessage = NonNullable<TestCall['request']>
export type Expectation = NonNullable<TestCall['expect']>
export type TestOutcome = NonNullable<TestCall['end']>
