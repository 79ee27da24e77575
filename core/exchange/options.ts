/** Options of listeners: where they listen, what they speak, and what one connection may do. */
import { byteSize, duration, type Infer, options, Type } from '../../sdk/index.ts'
import { keepalive, watermarkOptions, writeTimeout } from '../net/options.ts'

export const listenerOptions = options({
  name: Type.String({ minLength: 1, description: 'The name in logs, metrics and the admin API.' }),
  address: Type.String({
    description:
      'host:port, [v6]:port or unix:/path, which one worker serves; port 0 lets the system choose.',
    examples: ['127.0.0.1:20880', '[::1]:20880', 'unix:/run/weir.sock'],
  }),
  protocol: Type.String({
    description: 'A codec, or auto: told by the first bytes.',
    examples: ['dubbo', 'auto'],
  }),
  protocols: Type.Optional(
    Type.Array(Type.String(), {
      minItems: 1,
      description: 'The codecs that protocol: auto chooses from; default: all that can tell.',
    }),
  ),
  filters: Type.Array(
    Type.Union([
      Type.String(),
      Type.Record(Type.String(), Type.Unknown(), { minProperties: 1, maxProperties: 1 }),
    ]),
    {
      default: ['router'],
      description: 'The chain, in the order in which requests pass: names, or one name with its options.',
    },
  ),
  routes: Type.Optional(
    Type.Array(Type.Unknown(), { description: "The router's routes; the same as its option routes." }),
  ),
  'connections-max': Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 10_000,
    description: 'Connections open at once, over all workers; further ones are closed at once.',
  }),
  'exchanges-per-connection': Type.Integer({
    minimum: 1,
    maximum: 1_048_576,
    default: 1_024,
    description: 'Exchanges in flight on one connection at which it is read no further until half are done.',
  }),
  'body-size-max': byteSize({ about: 'The largest request body accepted.', default: '8MiB' }),
  'pieces-from': byteSize({
    about: 'Larger request bodies are passed on in pieces as they come, where the protocol can.',
    default: '256KiB',
  }),
  'sniff-timeout': duration({
    about: 'How long protocol: auto waits for enough bytes to tell.',
    default: '10s',
  }),
  'frame-timeout': duration({ about: 'How long a frame that has begun may take to arrive.', default: '60s' }),
  'idle-timeout': duration({
    about: 'A connection without exchanges or bytes for so long is closed.',
    default: '1h',
  }),
  'write-timeout': writeTimeout,
  'heartbeat-interval': duration({
    about: 'Silence after which a heartbeat is sent; 0s sends none.',
    default: '60s',
  }),
  'request-timeout': duration({
    about: 'How long a reply may take where the route says nothing; 0s waits.',
    default: '30s',
  }),
  'timeout-property': Type.Optional(
    Type.String({
      description: 'A property whose value, in milliseconds, may shorten the timeout of its request.',
      examples: ['timeout'],
    }),
  ),
  'pause-timeout': duration({ about: 'How long filters may hold one request or reply.', default: '10s' }),
  keepalive,
  watermarks: watermarkOptions,
})

export type ListenerOptions = Infer<typeof listenerOptions>
