/** Options of the access log: where it is written, what a line says, and which exchanges get one. */
import { byteSize, duration, type Infer, matchOptions, options, Type } from '../../sdk/index.ts'

const FIELDS_MAX = 200

/** What a line says when nothing else is asked for. */
export const DEFAULT_FORMAT =
  '[%START_TIME%] %PROTOCOL% "%OPERATION%" %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% ' +
  '%BYTES_RECEIVED% %BYTES_SENT% %DURATION% %UPSTREAM_DURATION% "%REQUEST_ID%" %DOWNSTREAM_REMOTE_ADDRESS% ' +
  '%ROUTE_NAME% %UPSTREAM_CLUSTER% %UPSTREAM_HOST%'

export const accessLogOptions = options({
  path: Type.String({
    minLength: 1,
    default: '/dev/stdout',
    description: 'The file that lines are appended to; /dev/stdout and /dev/stderr are the process’s own.',
  }),
  format: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'A line as text with operators; see the README for the default.',
    }),
  ),
  json: Type.Optional(
    Type.Record(Type.String(), Type.String(), {
      minProperties: 1,
      maxProperties: FIELDS_MAX,
      description: 'A line as JSON instead: keys and formats. A single operator keeps its type.',
      examples: [{ operation: '%OPERATION%', ms: '%DURATION%' }],
    }),
  ),
  match: Type.Optional(matchOptions),
  percentage: Type.Number({
    minimum: 0,
    maximum: 100,
    default: 100,
    description: 'The share of those that would be logged which is.',
  }),
  'min-duration': duration({ about: 'Only exchanges that took at least so long.', default: '0s' }),
  'errors-only': Type.Boolean({
    default: false,
    description: 'Only exchanges that failed, or whose reply says an error or an exception.',
  }),
  'buffer-size': byteSize({
    about: 'Lines that wait to be written; further ones are dropped and counted.',
    default: '1MiB',
  }),
  'flush-interval': duration({ about: 'How long a line may wait for others.', default: '1s' }),
})

export type AccessLogOptions = Infer<typeof accessLogOptions>
