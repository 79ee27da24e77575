/**
 * CheckAnswers: what a proxy says itself: an error of every kind to every request, also under ids at the extremes and
 * with texts that could break a frame; replies of filters; and nothing to a one-way.
 */
import type { LocalReply } from '../../codec.ts'
import { type ErrorKind, errorTable, isErrorKind } from '../../errors.ts'
import type { Message } from '../../message.ts'
import { idPlace, placeOf } from './byte-marks.ts'
import type { CodecKit } from './codec-kit.ts'
import { factsOf, shown } from './facts.ts'
import { kindMarks, misread } from './reply-marks.ts'
import type { Sample } from './sample.ts'
import { extremeIds } from './wire-id.ts'

const KINDS = Object.keys(errorTable).filter(isErrorKind)
const TEXTS = ['', 'a sentence', 'x'.repeat(10_000), 'a\r\nb|c=d "e" \u0000f', 'né\u{1f600}']
const REPLY: LocalReply = { properties: [['x-weir-reply', 'Yes']], body: undefined }

export async function checkAnswers(kit: CodecKit): Promise<void> {
  for (const sample of kit.samples) {
    if (sample.kind === 'request') {
      await kit.part(sample, 'Answered with an error', () => errors(kit, sample))
      await kit.part(sample, 'Answered by a filter', () => reply(kit, sample))
    } else if (sample.kind === 'oneway') {
      await kit.part(sample, 'Answered', () => oneway(kit, sample))
    }
  }
}

async function errors(kit: CodecKit, sample: Sample): Promise<void> {
  for (const kind of KINDS)
    for (const text of TEXTS) await error(kit, sample, { kind, text, bytes: sample.bytes })
  if (kit.codec.idBits === 0) return
  for (const id of extremeIds(kit.codec)) {
    const message = await kit.decoded(sample.bytes, sample.direction)
    const moved = message === undefined ? undefined : await kit.written(message, id)
    if (moved?.kind === 'bytes') await error(kit, sample, { kind: 'denied', text: 'no', bytes: moved.bytes })
  }
}

interface Refusal {
  readonly kind: ErrorKind
  readonly text: string
  /** The request's. */
  readonly bytes: Buffer
}

async function error(kit: CodecKit, sample: Sample, { kind, text, bytes }: Refusal): Promise<void> {
  const request = await kit.decoded(bytes, sample.direction)
  if (request === undefined) return
  const told = { kind, text }
  const written = await kit.appended({ kind: 'error', request, error: told }, (out) =>
    kit.codec.encodeError(request, told, out),
  )
  const what = `The error ${kind} with the text ${shown(text)}`
  if (written.length === 0) {
    kit.add('error_missing', sample, `${what} wrote nothing`)
    return
  }
  const answer = await kit.decoded(written, 'response')
  if (answer === undefined) {
    const { what: read, marks } = await misread(kit, written)
    kit.add('error_unreadable', sample, `${what} decodes as ${read}, not as one reply`, written, marks)
    return
  }
  if (answer.kind !== 'error' && answer.kind !== 'response')
    kit.add('error_wrong_kind', sample, `${what} decodes as ${answer.kind}`, written, kindMarks(kit, written))
  if (kit.codec.correlation === 'id' && answer.requestId !== request.requestId)
    kit.add(
      'error_wrong_id',
      sample,
      `${what} has the id ${answer.requestId}, the request has ${request.requestId}`,
      written,
      idPlace(written, answer.requestId, kit.codec.idBits),
    )
  factsOf(answer)
}

async function reply(kit: CodecKit, sample: Sample): Promise<void> {
  const request = await kit.decoded(sample.bytes, sample.direction)
  if (request === undefined) return
  for (const wanted of [REPLY, { properties: [], body: undefined }]) {
    const { bytes, problem } = await replied(kit, request, wanted)
    if (problem !== undefined) {
      if (bytes.length > 0)
        kit.add(
          'encode_wrote',
          sample,
          `encodeReply answered ${shown(problem)} and had appended bytes`,
          bytes,
        )
      continue
    }
    if (kit.codec.encodeReply === undefined) return
    const answer = await kit.decoded(bytes, 'response')
    const what = `The reply with ${shown(wanted.properties)} decodes as`
    if (answer === undefined) {
      const { what: read, marks } = await misread(kit, bytes)
      kit.add('reply_wrong', sample, `${what} ${read}, not as one reply`, bytes, marks)
    } else if (answer.kind !== 'response' || lost(kit, request, answer, wanted)) {
      const marks = wanted.properties.flatMap(([key]) => placeOf(bytes, key))
      kit.add('reply_wrong', sample, `${what} ${shown(factsOf(answer))}`, bytes, marks)
    }
  }
}

async function replied(kit: CodecKit, request: Message, wanted: LocalReply) {
  let problem: string | undefined
  const bytes = await kit.appended({ kind: 'reply', request, reply: wanted }, (out) => {
    problem = kit.codec.encodeReply?.(request, wanted, out)
  })
  return { bytes, problem }
}

function lost(kit: CodecKit, request: Message, answer: Message, { properties }: LocalReply): boolean {
  if (kit.codec.correlation === 'id' && answer.requestId !== request.requestId) return true
  return properties.some(([key, value]) => answer.get(key) !== value)
}

async function oneway(kit: CodecKit, sample: Sample): Promise<void> {
  const message = await kit.decoded(sample.bytes, sample.direction)
  if (message === undefined) return
  for (const kind of KINDS) {
    const told = { kind, text: 'no' }
    const written = await kit.appended({ kind: 'error', request: message, error: told }, (out) =>
      kit.codec.encodeError(message, told, out),
    )
    if (written.length > 0)
      kit.add('oneway_answered', sample, `The error ${kind} was written for a one-way`, written)
  }
  const { bytes } = await replied(kit, message, REPLY)
  if (bytes.length > 0) kit.add('oneway_answered', sample, 'A reply was written for a one-way', bytes)
}
