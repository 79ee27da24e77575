/** The golden vectors of the ABI for codecs: the blocks that the host writes, and what it understands of answers. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { CodecBlock, type WrittenId } from '../../../../core/guest/codec/codec-block.ts'
import { framePairs } from '../../../../core/guest/codec/frame-pairs.ts'
import { GuestFrameReader } from '../../../../core/guest/codec/guest-frame-reader.ts'
import { abi } from '../../../../sdk/abi/abi.ts'
import { type Direction, type ErrorKind, Message, type MessageKind, Mutation } from '../../../../sdk/index.ts'
import { Collected } from '../../../support/collected.ts'
import { guestCodec } from '../../../support/guest-codec.ts'
import { declarationOp, frameOp, opList, scriptedModule } from '../../../support/scripted-codec.ts'

type Id = string | { readonly text: string }
type Pair = readonly [string, string]

interface VectorMessage {
  readonly direction: Direction
  readonly kind: MessageKind
  readonly status: number
  readonly id: Id
  readonly streamId: number
  readonly headerSize: number
  readonly operation: string
  readonly frame: string
  readonly properties: readonly Pair[]
}

interface BlockVector {
  readonly name: string
  readonly phase: string
  readonly direction?: Direction
  readonly bytes?: string
  readonly state?: string
  readonly frameSizeMax?: number
  readonly message?: VectorMessage
  readonly id?: Id
  readonly edits?: readonly (readonly ['set' | 'add' | 'remove', string, string])[]
  readonly newBody?: string
  readonly error?: ErrorKind
  readonly text?: string
  readonly properties?: readonly Pair[]
  readonly body?: string
  readonly hex: string
}

interface AnswerVector {
  readonly name: string
  readonly direction?: Direction
  readonly bytes: string
  readonly hex: string
  readonly expect: readonly Readonly<Record<string, unknown>>[]
}

const vectors: { readonly blocks: readonly BlockVector[]; readonly answers: readonly AnswerVector[] } =
  JSON.parse(readFileSync(new URL('../../../../sdk/abi/codec-vectors.json', import.meta.url), 'utf8'))

function idOf(id: Id): WrittenId {
  if (typeof id === 'object') return { high: 0, low: 0, text: id.text }
  return { high: Number(BigInt(id) >> 32n), low: Number(BigInt(id) & 0xffff_ffffn), text: undefined }
}

/** A message as a decoder makes it of what a guest said. */
async function messageOf(given: VectorMessage): Promise<Message> {
  const frame = Buffer.from(given.frame, 'hex')
  const { operation, properties } = given
  const table = abi.codec.frame.bytes + properties.length * abi.codec.row.bytes
  let own = ''
  const ref = (text: string): readonly [number, number] => {
    const at = table + Buffer.byteLength(own)
    own += text
    return [abi.codec.own + at, Buffer.byteLength(text)]
  }
  const operationRef = ref(operation)
  const rows = properties.map(([key, value]) => [...ref(key), ...ref(value)] as const)
  const parts = { size: frame.length, headerSize: given.headerSize, operation: operationRef }
  const list = opList([frameOp({ ...parts, rows: rows as never, own }, given.kind as 'request')])
  const { codec } = await guestCodec(scriptedModule(() => list))
  const [found] = new Collected(codec, given.direction).give(frame).messages
  if (found === undefined) throw new Error('there is no message')
  const { high, low, text } = idOf(given.id)
  return Object.assign(found, {
    status: given.status,
    streamId: given.streamId,
    idHigh: high,
    idLow: low,
    idText: text,
  })
}

async function written(vector: BlockVector): Promise<string> {
  const block = new CodecBlock()
  const { direction = 'request', bytes = '', state, frameSizeMax = 0, text = '' } = vector
  const shown = 4_096
  const message = vector.message === undefined ? NOTHING : await messageOf(vector.message)
  const given = Buffer.from(bytes, 'hex')
  switch (vector.phase) {
    case 'decode': {
      const known = state === undefined ? undefined : Buffer.from(state, 'hex')
      const all = { bytes: given, start: 0, end: given.length }
      block.decode(abi.codec.direction[direction], all, known, frameSizeMax)
      break
    }
    case 'sniff':
      block.sniff(given, 1_024)
      break
    case 'encode': {
      if (vector.edits !== undefined) message.mutation = new Mutation()
      for (const [op, key, value] of vector.edits ?? []) message.mutation?.[op](key, value)
      if (vector.newBody !== undefined) message.mutation?.body(Buffer.from(vector.newBody, 'hex'))
      const body = { start: message.mark2 - message.start, end: message.mark3 - message.start }
      const way = abi.codec.direction[vector.message?.direction ?? 'request']
      block.encode(way, message, idOf(vector.id ?? '0'), body)
      break
    }
    case 'error':
      block.error(message, { kind: vector.error ?? 'denied', text }, shown)
      break
    case 'reply': {
      const body = vector.body === undefined ? undefined : Buffer.from(vector.body, 'hex')
      block.reply(message, { properties: vector.properties ?? [], body }, shown)
      break
    }
    case 'heartbeat':
      block.heartbeat(idOf(vector.id ?? '0'))
      break
    case 'heartbeat-reply':
      block.heartbeatReply(message, shown)
      break
    case 'drain':
      block.drain()
      break
    case 'drain-reply':
      block.drainReply(message, shown)
      break
    case 'preface':
      block.preface(abi.codec.direction[direction])
  }
  return block.bytes.toString('hex', 0, block.size)
}

const NOTHING = new Message('request', new GuestFrameReader('none'), Buffer.alloc(0), 0, 0, 0)

describe('the block of', () => {
  test.each(vectors.blocks.map((vector) => [vector.name, vector] as const))('%s', async (_name, vector) => {
    expect(await written(vector)).toBe(vector.hex)
  })
})

/** Numbers that no JSON has, in words. */
function waited({ waitMs }: Message): number | string {
  return waitMs === Number.POSITIVE_INFINITY ? 'for ever' : waitMs
}

describe('an answer of', () => {
  test.each(vectors.answers.map((vector) => [vector.name, vector] as const))('%s', async (_name, vector) => {
    const answer = Buffer.from(vector.hex, 'hex')
    const { codec } = await guestCodec(scriptedModule(() => answer, [declarationOp(0x3ff)]))
    const got: Record<string, unknown>[] = []
    const shown = (message: Message) => ({
      kind: message.kind,
      id: message.requestId,
      operation: message.operation,
      status: message.status,
      headerSize: message.headerSize,
      size: message.size,
      body: message.body.toString('hex'),
      properties: framePairs(message),
      ...(message.affinity === 'shared' ? {} : { affinity: message.affinity, waitMs: waited(message) }),
    })
    codec
      .createDecoder(vector.direction ?? 'request', { bodyBytesMax: 65_536 })
      .decode(Buffer.from(vector.bytes, 'hex'), {
        message: (message) => got.push({ message: shown(message) }),
        need: (need) => (need > 0 ? got.push({ need }) : undefined),
        refused: (message, text) => got.push({ refused: { id: message.requestId, text } }),
        malformed: (malformed, text) => got.push({ malformed, text }),
      })
    expect(got).toEqual(vector.expect)
  })
})
