/** Blocks as the golden vectors have them. */
import { describe, expect, it } from 'vitest'
import { BlockWriter } from '../../../core/guest/block.ts'
import { abi } from '../../../sdk/abi/abi.ts'
import { type Message, Mutation, type Outcome } from '../../../sdk/index.ts'
import { fakeMessage } from '../../../sdk/testing/fake-message.ts'
import { type BlockVector, readsOf, type VectorMessage, vectorMessage, vectors } from './vectors.ts'

const NO_TIME = { nowMs: 0, wallMs: 0 }

function write(writer: BlockWriter, vector: BlockVector): string {
  const times = { nowMs: vector.nowMs ?? 0, wallMs: vector.wallMs ?? 0 }
  if (vector.config !== undefined) {
    writer.configure(Buffer.from(vector.config), vector.grants ?? 0, times, vector.number)
  } else if (vector.phase === 'snapshot') {
    writer.snapshot(times)
  } else if (vector.phase === 'restore') {
    writer.restore(Buffer.from(vector.state ?? '', 'hex'), vector.version ?? '', times)
  } else {
    writer.begin(abi.phase[vector.phase], times)
    for (const message of vector.messages ?? []) writeMessage(writer, message)
    writer.finish()
  }
  return writer.bytes.toString('hex', 0, writer.size)
}

function writeMessage(writer: BlockWriter, message: VectorMessage): void {
  writer.message(vectorMessage(message.metadata), message.handle, readsOf(message.reads), message.config)
  const { outcome, resume } = message
  if (outcome !== undefined) writer.outcome(outcomeOf(outcome))
  if (resume !== undefined) writer.resume(resume)
}

function outcomeOf(given: NonNullable<VectorMessage['outcome']>): Outcome {
  const { error, responseStatus, ...rest } = given
  const response = responseStatus === -1 ? undefined : fakeMessage({ status: responseStatus })
  return { ...rest, error: error ?? undefined, response, startedMs: 0 }
}

describe('BlockWriter', () => {
  const used = new BlockWriter()
  const usedNumbered = new BlockWriter(true)

  it.each(vectors.blocks)('writes $name', (vector) => {
    const numbered = vector.messages?.some(({ config }) => config !== undefined) ?? false
    expect(write(new BlockWriter(numbered), vector)).toBe(vector.hex)
    // What an earlier block left behind does not show.
    expect(write(numbered ? usedNumbered : used, vector)).toBe(vector.hex)
  })

  it('shows what earlier filters recorded', () => {
    const message = fakeMessage({ properties: { a: 'old', b: 'gone' } })
    message.mutation = new Mutation()
    message.mutation.set('a', 'new')
    message.mutation.remove('b')
    message.mutation.add('c', '1')
    const writer = new BlockWriter()
    writer.begin(abi.phase.request, NO_TIME)
    writer.message(message, 1, { keys: ['a', 'b', 'c'], allKeys: true, body: false, operation: false })
    writer.finish()
    expect(rows(writer)).toEqual([
      [0, 'a', 'new'],
      [2, 'c', '1'],
    ])
  })

  it('shows every key as whoever asks for it reads it, whatever filters recorded', () => {
    const message = fakeMessage({ properties: { a: '1', b: ['2', '3'], c: '4', d: '5', e: '6' } })
    const mutation = new Mutation()
    message.mutation = mutation
    mutation.add('y', '7')
    mutation.remove('a')
    mutation.add('b', '8')
    mutation.set('c', '9')
    mutation.remove('z')
    mutation.remove('d')
    mutation.add('x', '10')
    mutation.add('d', '11')
    mutation.set('z', '12')
    mutation.remove('y')
    mutation.add('y', '13')
    mutation.remove('x')
    const writer = new BlockWriter()
    writer.begin(abi.phase.request, NO_TIME)
    writer.message(message, 1, { keys: ['c'], allKeys: true, body: false, operation: false })
    writer.finish()
    const asked = message.keys().flatMap((key) => message.getAll(key).map((value) => [key, value]))
    expect(rows(writer).map(([, key, value]) => [key, value])).toEqual([
      ...asked.filter(([key]) => key === 'c'),
      ...asked.filter(([key]) => key !== 'c'),
    ])
    expect(asked).toHaveLength(8)
  })

  it('looks at each edit as often for a thousand keys as for a few', () => {
    const looks = (keys: number) => {
      let looked = 0
      const properties = Object.fromEntries(Array.from({ length: keys }, (_, i) => [`k${i}`, '']))
      const message = fakeMessage({ properties })
      message.mutation = new Mutation()
      const edit = {
        op: 'set' as const,
        value: '',
        get key() {
          looked++
          return 'set'
        },
      }
      for (let i = 0; i < 100; i++) message.mutation.repeat(edit)
      looked = 0
      const writer = new BlockWriter()
      writer.begin(abi.phase.request, NO_TIME)
      writer.message(message, 1, { keys: [], allKeys: true, body: false, operation: false })
      return looked
    }
    expect(looks(1_000)).toBe(looks(3))
  })

  it('names a key that nobody declared, whatever stood in its place before', () => {
    const writer = new BlockWriter()
    const write = (keys: readonly string[], properties: Record<string, string>) => {
      writer.begin(abi.phase.request, NO_TIME)
      writer.message(fakeMessage({ properties }), 1, { keys, allKeys: true, body: false, operation: false })
      writer.finish()
    }
    write([], { undeclared: '0' })
    write(['a'], { a: '1', undeclared: '2' })
    expect(rows(writer)).toEqual([
      [0, 'a', '1'],
      [abi.property.noSlot, 'undeclared', '2'],
    ])
  })

  it('shows nothing of what only the message before had', () => {
    const reads = readsOf({ keys: ['a'] })
    const plain = () => {
      const message = fakeMessage({ properties: { a: '1' } })
      message.idText = undefined
      message.idLow = 7
      return message
    }
    const unreadable = plain()
    unreadable.problem = 'why'
    const named = fakeMessage({ properties: { a: '1' }, requestId: 'a-text' })
    const written = (writer: BlockWriter, messages: readonly Message[]) => {
      writer.begin(abi.phase.resume, NO_TIME)
      for (const message of messages) {
        writer.message(message, 1, reads)
        if (message === named) writer.resume({ reason: 1, phase: 2, pauses: 1, text: 'late' })
      }
      writer.finish()
      return writer.bytes.toString('hex', 0, writer.size)
    }
    const used = new BlockWriter()
    const turns = [
      [plain()],
      [unreadable],
      [plain()],
      [named],
      [plain()],
      [unreadable, plain()],
      [plain(), named],
      [plain()],
    ]
    for (const messages of turns) {
      expect(written(used, messages)).toBe(written(new BlockWriter(), messages))
    }
  })

  it('grows for what is large, and shrinks again', () => {
    const writer = new BlockWriter()
    const big = 'é'.repeat(300_000)
    for (const value of [big, 'small']) {
      writer.begin(abi.phase.request, NO_TIME)
      writer.message(fakeMessage({ properties: { a: value } }), 1, readsOf({ keys: ['a'] }))
      writer.finish()
      expect(rows(writer)).toEqual([[0, 'a', value]])
    }
    expect(writer.bytes.length).toBeLessThan(100_000)
  })

  it('carries no more properties than the count can say', () => {
    const writer = new BlockWriter()
    const many = Array.from({ length: 5_000 }, (_, i) => String(i))
    writer.begin(abi.phase.request, NO_TIME)
    writer.message(fakeMessage({ properties: { a: many } }), 1, readsOf({ keys: ['a'] }))
    writer.finish()
    expect(rows(writer)).toHaveLength(1_024)
  })
})

/** The property table of the first message, read by what the ABI says and nothing else. */
function rows(writer: BlockWriter): (readonly [number, string, string])[] {
  const bytes = Buffer.from(writer.bytes.subarray(0, writer.size))
  expect(bytes.readUInt32LE(0)).toBe(writer.size)
  const base = abi.header.bytes
  const table = base + bytes.readUInt32LE(base + abi.record.propertiesAt)
  return Array.from({ length: bytes.readUInt16LE(base + abi.record.properties) }, (_, i) => {
    const at = table + i * abi.property.bytes
    const text = (from: number, size: number) => bytes.toString('utf8', base + from, base + from + size)
    return [
      bytes.readUInt16LE(at + abi.property.slot),
      text(bytes.readUInt32LE(at + abi.property.keyAt), bytes.readUInt16LE(at + abi.property.keySize)),
      text(bytes.readUInt32LE(at + abi.property.valueAt), bytes.readUInt32LE(at + abi.property.valueSize)),
    ] as const
  })
}
