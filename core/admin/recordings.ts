/** Recordings: what the admin API lets an operator record of a listener, and fetch. */
import type { TSchema } from 'typebox'
import { hint, options, Type } from '../../sdk/index.ts'
import { decode } from '../config/decode.ts'
import { explain } from '../config/explain.ts'
import { pathText } from '../config/path.ts'
import { type Answer, json, problem } from './answer.ts'
import type { AdminSource } from './source.ts'

const NOT_SERVING = 503

const recordingOptions = options({
  listener: Type.String({ minLength: 1, description: 'Whose exchanges.' }),
  redact: Type.Array(Type.String(), {
    default: [],
    maxItems: 64,
    description: 'Keys of properties whose values are taken out, in any case; * stands for any letters.',
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

const fetchOptions = options({
  id: Type.Integer({ description: 'The recording.' }),
  stop: Type.Boolean({ default: false, description: 'It ends with this.' }),
})

/** The body is JSON as {@link recordingOptions} declares it. */
export async function startRecording(source: AdminSource, body: string): Promise<Answer> {
  if (source.phase !== 'serving') return problem(NOT_SERVING, 'not_serving', `the proxy is ${source.phase}`)
  const given = parsed(body)
  const wanted = decode(recordingOptions, given)
  if (wanted === undefined) return mistaken(recordingOptions, given)
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
  const given = parsed(body)
  const wanted = decode(fetchOptions, given)
  if (wanted === undefined) return mistaken(fetchOptions, given)
  return json(200, await source.fetchRecords(wanted.id, wanted.stop))
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function mistaken(schema: TSchema, value: unknown): Answer {
  const [first] = explain(schema, value)
  const path = first === undefined ? '' : pathText(first.path)
  return problem(400, 'bad_recording', `${path === '' ? 'the body' : path}: ${first?.text ?? 'is wrong'}`)
}
