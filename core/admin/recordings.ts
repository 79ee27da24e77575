/** Recordings: what the admin API lets an operator record of a listener, and fetch. */
import Type from 'typebox'
import Value from 'typebox/value'
import { hint } from '../../sdk/nearest.ts'
import { type Infer, options } from '../../sdk/options.ts'
import { type Answer, json, problem } from './answer.ts'
import type { AdminSource } from './source.ts'

const NOT_SERVING = 503

export const recordingOptions = options({
  listener: Type.String({ minLength: 1, description: 'Whose exchanges.' }),
  redact: Type.Array(Type.String(), {
    default: [],
    maxItems: 64,
    description: 'Keys of properties whose values are taken out.',
  }),
  frames: Type.Boolean({
    default: true,
    description: 'false: only what is known of the messages, no bytes.',
  }),
  'records-max': Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 10_000,
    description: 'How many exchanges each worker records.',
  }),
  'bytes-max': Type.Integer({
    minimum: 1,
    maximum: 1_073_741_824,
    default: 67_108_864,
    description: 'How many bytes each worker records.',
  }),
})

export type RecordingOptions = Infer<typeof recordingOptions>

const fetchOptions = options({
  id: Type.Integer({ description: 'The recording.' }),
  stop: Type.Boolean({ default: false, description: 'It ends with this.' }),
})

/** The body is JSON as {@link recordingOptions} declares it. */
export async function startRecording(source: AdminSource, body: string): Promise<Answer> {
  if (source.phase !== 'serving') return problem(NOT_SERVING, 'not_serving', `the proxy is ${source.phase}`)
  const wanted = parsed(body, recordingOptions)
  if (!Value.Check(recordingOptions, wanted)) return mistaken(recordingOptions, wanted)
  const { listener, redact, frames } = wanted
  const known = source.config().listeners
  if (!known.includes(listener))
    return problem(404, 'unknown_listener', `there is no listener "${listener}"${hint(listener, known)}`)
  const id = await source.startRecording(listener, {
    redact,
    frames,
    recordsMax: wanted['records-max'],
    bytesMax: wanted['bytes-max'],
  })
  return json(200, { id })
}

export async function fetchRecords(source: AdminSource, body: string): Promise<Answer> {
  const wanted = parsed(body, fetchOptions)
  if (!Value.Check(fetchOptions, wanted)) return mistaken(fetchOptions, wanted)
  return json(200, await source.fetchRecords(wanted.id, wanted.stop))
}

function parsed(body: string, schema: Type.TSchema): unknown {
  try {
    return Value.Default(schema, JSON.parse(body))
  } catch {
    return undefined
  }
}

function mistaken(schema: Type.TSchema, value: unknown): Answer {
  const [first] = Value.Errors(schema, value)
  const path = first?.instancePath.slice(1).replaceAll('/', '.') ?? ''
  return problem(400, 'bad_recording', `${path === '' ? 'the body' : path} ${first?.message ?? 'is wrong'}`)
}
