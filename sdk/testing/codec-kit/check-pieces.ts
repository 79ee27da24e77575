/**
 * CheckPieces: a decoder that pushes messages in pieces says the same with them as without, wherever the bytes are cut:
 * the beginning and its pieces are the frame, and joined they read as the message that is pushed whole.
 */
import { joinPieces } from '../../join-pieces.ts'
import type { Message } from '../../message.ts'
import { cutsOf } from './check-splits.ts'
import type { CodecKit } from './codec-kit.ts'
import { difference, type Facts, factsOf } from './facts.ts'
import type { Sample } from './sample.ts'
import type { Trial } from './trial.ts'

export async function checkPieces(kit: CodecKit): Promise<void> {
  for (const sample of kit.samples) {
    const message = await kit.decoded(sample.bytes, sample.direction).catch(() => undefined)
    // What cannot be decoded whole has been found already.
    if (message === undefined) continue
    await kit.part(sample, 'Passed on in pieces', async () => {
      if (!(await inPieces(kit, sample))) return
      const facts = factsOf(message)
      for (const at of cutsOf(sample.bytes.length)) await cut(kit, sample, facts, at)
      await byteByByte(kit, sample, facts)
    })
  }
}

/** Whether the message is pushed before its last byte is there. */
async function inPieces(kit: CodecKit, { bytes, direction }: Sample): Promise<boolean> {
  const trial = await kit.pieceTrial(direction).give(bytes.subarray(0, -1))
  return trial.messages.length > 0
}

/** The frame twice, the first one cut in two and the second not: nothing of the first one sticks. */
async function cut(kit: CodecKit, sample: Sample, facts: Facts, at: number): Promise<void> {
  const { bytes, direction } = sample
  const trial = await kit.pieceTrial(direction).give(bytes.subarray(0, at))
  if (trial.needed === undefined || trial.needed < 1 || trial.needed > bytes.length - at)
    kit.add('pieces_wrong', sample, `Cut off behind byte ${at}, the decoder said need(${trial.needed})`)
  await trial.give(Buffer.concat([bytes.subarray(at), bytes]))
  await report(kit, { sample, facts, trial, how: `Cut in two behind byte ${at} of ${bytes.length}` })
}

async function byteByByte(kit: CodecKit, sample: Sample, facts: Facts): Promise<void> {
  const trial = kit.pieceTrial(sample.direction)
  for (const byte of sample.bytes) await trial.give(Uint8Array.of(byte))
  await trial.give(sample.bytes)
  await report(kit, { sample, facts, trial, how: 'Given byte by byte' })
}

interface Tried {
  readonly sample: Sample
  readonly facts: Facts
  readonly trial: Trial
  readonly how: string
}

async function report(kit: CodecKit, { sample, facts, trial, how }: Tried): Promise<void> {
  const pushed = firstOf(trial.messages)
  const [next] = trial.messages.slice(pushed.length)
  const wrong = failureOf(trial) ?? wrongly(pushed) ?? (next === undefined ? LOST : undefined)
  if (wrong !== undefined) {
    kit.add('pieces_wrong', sample, `${how}, ${wrong}`)
    return
  }
  const [beginning, ...pieces] = pushed
  if (beginning === undefined || next === undefined) return
  const different =
    unlike(beginning, facts) ??
    unlikeBody(pushed, facts) ??
    difference(facts, factsOf(joinPieces(beginning, pieces))) ??
    difference(facts, factsOf(next))
  if (different !== undefined) kit.add('pieces_differ', sample, `${how}, ${different}`)
  const written = await writtenOf(kit, pushed)
  if (!written.equals(sample.bytes))
    kit.add('pieces_differ', sample, `${how}, what is written of it is other bytes`, written)
}

const LOST = 'the frame behind it is not there'

function failureOf({ failure, needed, pendingBytes }: Trial): string | undefined {
  if (failure !== undefined) return `it is called malformed (${failure.code}): ${failure.text}`
  if (needed === 0 && pendingBytes === 0) return undefined
  return `need(${needed}) is said behind it, and ${pendingBytes} bytes are held`
}

/** The first message with its pieces. */
function firstOf(messages: readonly Message[]): readonly Message[] {
  const [beginning] = messages
  if (beginning === undefined || beginning.rest === 0) return messages.slice(0, 1)
  const last = messages.findIndex(({ kind }) => kind === 'stream-close')
  return last < 0 ? messages : messages.slice(0, last + 1)
}

/** What is wrong with the order, the kinds or the size of pieces, as a clause. */
function wrongly(messages: readonly Message[]): string | undefined {
  const [beginning, ...pieces] = messages
  if (beginning === undefined) return 'nothing is pushed'
  if (beginning.rest === 0) return undefined
  const other = pieces.slice(0, -1).find(({ kind }) => kind !== 'stream-data')
  if (other !== undefined) return `a message of kind ${other.kind} comes among its pieces`
  if (pieces.at(-1)?.kind !== 'stream-close') return 'no piece of kind stream-close ends it'
  const size = pieces.reduce((sum, piece) => sum + piece.size, 0)
  if (size < beginning.rest || (size > beginning.rest && !beginning.sizeOpen))
    return `rest is ${beginning.rest}, and the pieces have ${size} bytes`
  const status = pieces.find((piece) => piece.status !== beginning.status)?.status
  return status === undefined ? undefined : `a piece has status ${status} instead of ${beginning.status}`
}

/** What of the beginning reads otherwise than of the whole; it may say less. */
function unlike(beginning: Message, facts: Facts): string | undefined {
  const begun = factsOf(beginning)
  const { body, keys, properties } = facts
  const open = beginning.sizeOpen ? { size: facts.size, 'header-size': facts['header-size'] } : {}
  const field = difference(facts, { ...begun, ...open, body, keys, properties })
  if (field !== undefined) return `of its beginning ${field}`
  const key = begun.keys.find(
    (each) => JSON.stringify(begun.properties[each]) !== JSON.stringify(properties[each]),
  )
  return key === undefined ? undefined : `the beginning reads "${key}" otherwise than the whole`
}

function unlikeBody(messages: readonly Message[], { body }: Facts): string | undefined {
  const joined = messages.map((message) => factsOf(message).body).join('')
  return joined === body
    ? undefined
    : `the bodies of the beginning and its pieces are ${joined} instead of ${body}`
}

async function writtenOf(kit: CodecKit, messages: readonly Message[]): Promise<Buffer> {
  const parts: Buffer[] = []
  for (const message of messages) {
    const written = await kit.written(message)
    if (written.kind === 'bytes') parts.push(written.bytes)
  }
  return Buffer.concat(parts)
}
