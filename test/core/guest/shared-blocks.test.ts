/** Blocks that the filters of a worker share: written once, and never shown when they no longer hold. */
import { describe, expect, it } from 'vitest'
import type { BlockWriter } from '../../../core/guest/block.ts'
import { SharedBlocks } from '../../../core/guest/shared-blocks.ts'
import { abi } from '../../../sdk/abi/abi.ts'
import { type Message, Mutation } from '../../../sdk/index.ts'
import { fakeMessage } from '../../../sdk/testing/fake-message.ts'

const NO_TIME = { nowMs: 0, wallMs: 0 }
const READS = { keys: ['caller', 'method'], allKeys: false, body: false, operation: false }

function request(): Message {
  const message = fakeMessage({ properties: { caller: 'web', method: 'sayHello' } })
  message.mutation = new Mutation()
  return message
}

function write(writer: BlockWriter, message: Message, handle: number, reads = READS, config = 0): string {
  writer.begin(abi.phase.request, NO_TIME)
  writer.message(message, handle, reads, config)
  writer.finish()
  return bytesOf(writer)
}

function bytesOf(writer: BlockWriter): string {
  return writer.bytes.toString('hex', 0, writer.size)
}

/** One that two filters use. */
function shared(reads = READS, blocks = new SharedBlocks()): BlockWriter {
  blocks.take(abi.phase.request, reads, false)
  return blocks.take(abi.phase.request, reads, false).writer
}

describe('SharedBlocks', () => {
  it('gives filters that are told the same one writer, and others another', () => {
    const blocks = new SharedBlocks()
    const one = blocks.take(abi.phase.request, READS, false)
    const same = blocks.take(abi.phase.request, { ...READS, keys: [...READS.keys] }, false)
    expect(same.writer).toBe(one.writer)
    expect(same.reads).toBe(one.reads)
    const others = [
      blocks.take(abi.phase.response, READS, false),
      blocks.take(abi.phase.request, READS, true),
      blocks.take(abi.phase.request, { ...READS, keys: ['method', 'caller'] }, false),
      blocks.take(abi.phase.request, { ...READS, body: true }, false),
    ]
    expect(new Set([one, ...others].map(({ writer }) => writer)).size).toBe(5)
  })

  it('forgets a writer with its last user', () => {
    const blocks = new SharedBlocks()
    const one = blocks.take(abi.phase.request, READS, false)
    const two = blocks.take(abi.phase.request, READS, false)
    one.release()
    expect(blocks.take(abi.phase.request, READS, false).writer).toBe(two.writer)
    two.release()
    two.release()
    expect(blocks.take(abi.phase.request, READS, false).writer).not.toBe(two.writer)
  })
})

describe('a block for the next filter', () => {
  it('is the one that was written, under another handle and at another time', () => {
    const writer = shared()
    const message = request()
    write(writer, message, 5)
    const times = { nowMs: 1.5, wallMs: 2.5 }
    expect(writer.again(message, 9, READS, 0, times)).toBe(true)
    const bytes = bytesOf(writer)
    writer.begin(abi.phase.request, times)
    writer.message(message, 9, READS)
    writer.finish()
    expect(bytes).toBe(bytesOf(writer))
  })

  it('still holds when another key was changed, and no longer when one of its own was', () => {
    const writer = shared()
    const message = request()
    write(writer, message, 1)
    message.mutation?.set('other', 'x')
    expect(writer.again(message, 2, READS, 0, NO_TIME)).toBe(true)
    message.mutation?.remove('caller')
    expect(writer.again(message, 3, READS, 0, NO_TIME)).toBe(false)
    write(writer, message, 3)
    expect(writer.again(message, 4, READS, 0, NO_TIME)).toBe(true)
  })

  function changedBy(change: (message: Message) => void, reads = READS): boolean {
    const writer = shared(reads)
    const message = request()
    message.mutation?.set('before', '')
    write(writer, message, 1, reads)
    change(message)
    return writer.again(message, 2, reads, 0, NO_TIME)
  }

  it('is written anew when a problem was found, or the mutation is another one', () => {
    const found = (message: Message) => {
      message.problem = 'why'
    }
    const replaced = (message: Message) => {
      message.mutation = new Mutation()
    }
    expect(changedBy(() => undefined)).toBe(true)
    expect(changedBy(found)).toBe(false)
    expect(changedBy(replaced)).toBe(false)
  })

  it('is written anew for any change where all keys are shown, and always where the body is', () => {
    const allKeys = { ...READS, allKeys: true }
    expect(changedBy(() => undefined, allKeys)).toBe(true)
    expect(changedBy((message) => message.mutation?.set('z', ''), allKeys)).toBe(false)
    expect(changedBy(() => undefined, { ...READS, body: true })).toBe(false)
  })

  it('is written anew for another message', () => {
    const writer = shared()
    write(writer, request(), 1)
    expect(writer.again(request(), 2, READS, 0, NO_TIME)).toBe(false)
  })

  it('is written anew for another configuration, and when a second message stands in it', () => {
    const writer = shared()
    const message = request()
    write(writer, message, 1)
    expect(writer.again(message, 1, READS, 1, NO_TIME)).toBe(false)
    writer.begin(abi.phase.response, NO_TIME)
    writer.message(message, 1, READS)
    writer.message(request(), 0, READS)
    writer.finish()
    expect(writer.again(message, 1, READS, 0, NO_TIME)).toBe(false)
  })

  it('is never taken for that of another writer', () => {
    const blocks = new SharedBlocks()
    const [one, two] = [READS, { ...READS, keys: ['method'] }].map((reads) => shared(reads, blocks))
    const message = request()
    if (one === undefined || two === undefined) throw new Error('two writers')
    write(two, request(), 1)
    write(one, message, 1)
    expect(two.again(message, 2, READS, 0, NO_TIME)).toBe(false)
    expect(one.again(message, 2, READS, 0, NO_TIME)).toBe(true)
  })

  it('is not looked for where one filter is left, nor taken for the old one when another comes', () => {
    const blocks = new SharedBlocks()
    const take = () => blocks.take(abi.phase.request, READS, false)
    const { writer } = take()
    const message = request()
    write(writer, message, 1)
    expect(writer.again(message, 2, READS, 0, NO_TIME)).toBe(false)
    const second = take()
    expect(writer.again(message, 2, READS, 0, NO_TIME)).toBe(false)
    write(writer, message, 2)
    expect(writer.again(message, 3, READS, 0, NO_TIME)).toBe(true)
    second.release()
    write(writer, request(), 4)
    take()
    expect(writer.again(message, 5, READS, 0, NO_TIME)).toBe(false)
  })
})
