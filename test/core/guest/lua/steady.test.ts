/** Interpreters that are called again and again stay as they are. */
import { expect, test } from 'vitest'
import { BlockWriter } from '../../../../core/guest/block.ts'
import { abi } from '../../../../sdk/abi/abi.ts'
import { readsOf, vectorMessage } from '../vectors.ts'
import { lua, onRequest } from './lua-guest.ts'

const CALLS = 200_000

test('L47: 200,000 calls that read, edit and reply leave the memory as it was', () => {
  const guest = onRequest(`
    local a, b = metadata.get("a"), metadata.getAll("b")
    mutation.set("x", a .. #b .. metadata.requestId)
    if a == "stop" then return reply { error = "denied", text = a } end`)
  const writer = new BlockWriter()
  const message = vectorMessage({
    kind: 'request',
    protocol: 'dubbo',
    id: '9007199254740993',
    status: -1,
    streamId: 0,
    headerSize: 16,
    bodySize: 0,
    operation: '',
    listener: 'in',
    peer: '10.0.0.1:1',
    properties: [
      ['a', ['73746f70']],
      ['b', ['01', '02']],
    ],
  })
  writer.begin(abi.phase.request, { nowMs: 0, wallMs: 0 })
  writer.message(message, 7, readsOf({ keys: ['a', 'b'] }))
  writer.finish()
  const call = (count: number) => {
    for (let i = 0; i < count; i++) guest.instance.call(abi.phase.request, writer.bytes, writer.size)
  }
  call(CALLS / 10)
  const { memoryBytes } = guest.instance
  call(CALLS)
  expect(guest.instance.memoryBytes).toBe(memoryBytes)
  expect(guest.ask({ properties: { a: 'stop', b: ['1'] } })).toHaveLength(2)
})

test('L47, L50: errors, coroutines and pcall leave the memory as it was', () => {
  const guest = onRequest(`
    pcall(error, "x")
    coroutine.wrap(function() coroutine.yield() end)()
    local ok, e = pcall(metadata.get)`)
  const call = (count: number) => {
    for (let i = 0; i < count; i++) guest.ask()
  }
  call(1_000)
  const { memoryBytes } = guest.instance
  call(10_000)
  expect(guest.instance.memoryBytes).toBe(memoryBytes)
})

test('a large block is not kept room for more than once', () => {
  const guest = lua('reads = { body = true } function onRequest(m) n = #m.body end')
  for (let i = 0; i < 50; i++) guest.ask({ body: Buffer.alloc(1_000_000 + i * 1_000) })
  expect(guest.instance.memoryBytes).toBeLessThanOrEqual(12 << 20)
})

test('an instance takes less than 2 MB of memory', () => {
  expect(onRequest('return "drop"').instance.memoryBytes).toBeLessThan(2 << 20)
})

test('state is kept between calls', () => {
  const guest = lua('n = 0 function onRequest() n = n + 1 log(n) end')
  guest.ask()
  expect(guest.ask()).toEqual([['log', 'info', '2']])
})

test('a block with several messages is handled message by message', () => {
  const guest = onRequest('mutation.set("k", metadata.requestId)')
  const writer = new BlockWriter()
  writer.begin(abi.phase.request, { nowMs: 0, wallMs: 0 })
  for (const id of ['1', '2']) {
    const metadata = {
      kind: 'request',
      protocol: 'p',
      id,
      status: -1,
      streamId: 0,
      headerSize: 0,
      bodySize: 0,
    } as const
    writer.message(
      vectorMessage({ ...metadata, operation: '', listener: '', peer: '' }),
      Number(id) + 4,
      readsOf({ keys: [] }),
    )
  }
  writer.finish()
  const list = guest.instance.call(abi.phase.request, writer.bytes, writer.size)
  expect(list).toMatchObject({ end: 4 + 20 + 18 })
})
