import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Connection, type ConnectionHandler } from '../../../core/net/connection.ts'
import type { ConnectionLimits } from '../../../core/net/connection-limits.ts'
import { Turn } from '../../../core/net/turn.ts'
import { eventually, quiet } from '../../support/eventually.ts'
import { LinePeer } from '../../support/line-peer.ts'

const limits: ConnectionLimits = {
  highWatermarkBytes: 65_536,
  lowWatermarkBytes: 16_384,
  writeTimeoutMs: 1_000,
  keepaliveMs: 0,
}

class Notes implements ConnectionHandler {
  readonly notes: string[] = []
  bytes = ''

  onBytes(chunk: Buffer): void {
    this.bytes += chunk.toString('latin1')
  }

  onHalfClose(): void {
    this.notes.push('half-close')
  }

  onClose(reason: string): void {
    this.notes.push(`close ${reason}`)
  }

  onHighWatermark(): void {
    this.notes.push('high')
  }

  onLowWatermark(): void {
    this.notes.push('low')
  }
}

/** As if this Node had nothing beneath its sockets that could be used. */
function streamsOnly(socket: Socket): void {
  const handle: unknown = Reflect.get(socket, '_handle')
  if (typeof handle === 'object' && handle !== null) Reflect.set(handle, 'useUserBuffer', undefined)
}

describe.each([
  ['past the streams of its socket', () => undefined],
  ['by way of the streams of its socket', streamsOnly],
])('Connection, %s,', (_way, prepare: (socket: Socket) => void) => {
  let server: Server
  let peers: LinePeer[]
  const turn = new Turn()

  beforeEach(async () => {
    server = createServer({ allowHalfOpen: true })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    peers = []
  })

  afterEach(() => {
    for (const peer of peers) peer.socket.destroy()
    server.close()
  })

  async function open(): Promise<{ peer: LinePeer; notes: Notes; connection: Connection }> {
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const peer = await LinePeer.connect('ids', `127.0.0.1:${address.port}`)
    peers.push(peer)
    const notes = new Notes()
    const socket = await accepted
    prepare(socket)
    return { peer, notes, connection: new Connection(socket, turn, notes, limits) }
  }

  function write(connection: Connection, text: string): void {
    connection.prepare().utf8(text)
    connection.wrote()
  }

  /** Writes until the system takes no more. */
  async function fill(connection: Connection, notes: Notes): Promise<void> {
    const text = 'x'.repeat(262_144)
    for (let count = 0; count < 200 && !notes.notes.includes('high'); count++) {
      write(connection, text)
      await quiet()
    }
  }

  test('keeps no lent buffer for the few bytes that wait behind others, and sends them in order', async () => {
    const { peer, notes, connection } = await open()
    peer.socket.pause()
    await fill(connection, notes)
    const lent = new Set<Buffer>()
    for (let id = 1; id <= 20; id++) {
      write(connection, `\nids ok ${id}`)
      lent.add(connection.out.buffer)
      connection.flush()
    }
    write(connection, '\n')
    expect(lent.size).toBe(1)
    peer.socket.resume()
    await eventually(() => peer.lines.at(-1)?.id === '20', 'everything has come')
    expect(peer.lines.slice(-20).map(({ id }) => Number(id))).toEqual(
      Array.from({ length: 20 }, (_, at) => at + 1),
    )
  })

  test('writes everything of a turn in order, once the turn is over', async () => {
    const { peer, connection } = await open()
    write(connection, 'ids ok 1\n')
    write(connection, 'ids ok 2\n')
    expect(connection.pendingBytes).toBe(18)
    await peer.received(2)
    expect(peer.lines.map(({ id }) => id)).toEqual(['1', '2'])
    expect(connection.pendingBytes).toBe(0)
  })

  test('closes only when what was appended has been written', async () => {
    const { peer, notes, connection } = await open()
    write(connection, 'ids ok 1\n')
    connection.closeAfterFlush()
    expect(connection.open).toBe(false)
    await peer.untilEnded()
    expect(peer.lines).toHaveLength(1)
    peer.socket.end()
    await eventually(() => notes.notes.length > 0, 'the end')
    expect(notes.notes).toEqual(['close '])
  })

  test('reads what the peer sends after our end, and tells nobody', async () => {
    const { peer, notes, connection } = await open()
    connection.closeAfterFlush()
    await peer.untilEnded()
    peer.send('req', 1)
    peer.socket.end()
    await peer.untilClosed()
    expect(peer.error).toBe('')
    expect(notes.bytes).toBe('')
  })

  test('is closed within moments although the peer keeps its side open', async () => {
    const { peer, notes, connection } = await open()
    connection.closeAfterFlush()
    await peer.untilEnded()
    await eventually(() => notes.notes.length > 0, 'the end')
    expect(notes.notes).toEqual(['close '])
  })

  test('tells of a peer that ends its side, and still writes to it', async () => {
    const { peer, notes, connection } = await open()
    peer.socket.end('ids req 1\n')
    await eventually(() => notes.notes.includes('half-close'), 'the half-close')
    expect(notes.bytes).toBe('ids req 1\n')
    write(connection, 'ids ok 1\n')
    await peer.received(1)
  })

  test('is not open from the moment that it is destroyed, and tells the reason once', async () => {
    const { notes, connection } = await open()
    connection.destroy('enough')
    expect(connection.open).toBe(false)
    connection.destroy('more than enough')
    await eventually(() => notes.notes.length > 0, 'the end')
    await quiet()
    expect(notes.notes).toHaveLength(1)
  })

  test('is read again when the last of those who stopped it lets go', async () => {
    const { peer, notes, connection } = await open()
    connection.readDisable()
    connection.readDisable()
    peer.send('req', 1)
    await quiet()
    connection.readEnable()
    await quiet()
    expect([notes.bytes, connection.readDisabled]).toEqual(['', true])
    connection.readEnable()
    await eventually(() => notes.bytes !== '', 'the request')
    expect(connection.readDisabled).toBe(false)
  })

  test('tells of the high watermark once, and of the low one when the peer has caught up', async () => {
    const { peer, notes, connection } = await open()
    peer.stopReading()
    await fill(connection, notes)
    expect([notes.notes, connection.congested]).toEqual([['high'], true])
    write(connection, 'x'.repeat(100_000))
    await quiet()
    peer.readOn()
    await eventually(() => notes.notes.length > 1, 'the low watermark')
    expect([notes.notes, connection.congested]).toEqual([['high', 'low'], false])
  })

  test('drops a peer that takes nothing for the write timeout, and not before', async () => {
    const { peer, notes, connection } = await open()
    peer.stopReading()
    await fill(connection, notes)
    for (const nowMs of [0, 500, 1_000]) connection.sweep(nowMs)
    await quiet()
    expect(notes.notes).toEqual(['high'])
    connection.sweep(1_001)
    await eventually(() => notes.notes.some((note) => note.startsWith('close')), 'the end')
    expect(notes.notes.at(-1)).toBe('close write timeout')
  })

  test('keeps a peer that takes one large write in parts, until it takes nothing more', async () => {
    const { peer, notes, connection } = await open()
    peer.stopReading()
    connection.prepare().copy(Buffer.alloc(40_000_000), 0, 40_000_000)
    connection.wrote()
    const { pendingBytes } = connection
    for (let nowMs = 0; nowMs <= 3_200; nowMs += 800) {
      connection.sweep(nowMs)
      const { bytesRead } = peer
      peer.readOn()
      await eventually(() => peer.bytesRead - bytesRead > 1_000_000, 'a part is read')
      peer.stopReading()
      await quiet()
    }
    expect(connection.pendingBytes).toBe(pendingBytes)
    expect(notes.notes).toEqual(['high'])
    for (const nowMs of [4_200, 5_201]) connection.sweep(nowMs)
    await eventually(() => notes.notes.includes('close write timeout'), 'the end')
  })

  test('writes in order what the system did not take whole and what came after it', async () => {
    const { peer, notes, connection } = await open()
    peer.stopReading()
    const texts = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(3_000_000))
    const received: Buffer[] = []
    peer.socket.removeAllListeners('data').on('data', (chunk: Buffer) => received.push(chunk))
    peer.stopReading()
    for (const text of texts) {
      write(connection, text)
      await quiet()
    }
    expect(connection.pendingBytes).toBeGreaterThan(1_000_000)
    connection.closeAfterFlush()
    peer.readOn()
    await peer.untilEnded()
    expect(Buffer.concat(received).equals(Buffer.from(texts.join('')))).toBe(true)
    expect([connection.pendingBytes, connection.congested]).toEqual([0, false])
    peer.socket.end()
    await eventually(() => notes.notes.includes('close '), 'the end')
    expect(notes.notes).toEqual(['high', 'close '])
  })

  test('tells why it ended when the peer is gone while something waits for it', async () => {
    const { peer, notes, connection } = await open()
    peer.stopReading()
    await fill(connection, notes)
    peer.reset()
    await eventually(() => notes.notes.some((note) => note.startsWith('close')), 'the end')
    expect(notes.notes.at(-1)).toMatch(/^close (read|write) (ECONNRESET|EPIPE)$/)
    write(connection, 'nobody is there')
    await quiet()
    expect(notes.notes.filter((note) => note.startsWith('close'))).toHaveLength(1)
  })

  test('drops what is written between its end and the news of it', async () => {
    const { notes, connection } = await open()
    connection.destroy('enough')
    write(connection, 'nobody is there')
    await eventually(() => notes.notes.length > 0, 'the end')
    expect(notes.notes).toEqual(['close enough'])
  })

  test('keeps a peer that is slow but takes something', async () => {
    const { peer, notes, connection } = await open()
    peer.stopReading()
    await fill(connection, notes)
    connection.sweep(0)
    const waiting = connection.pendingBytes
    peer.readOn()
    await eventually(() => connection.pendingBytes < waiting, 'something is taken')
    connection.sweep(1_001)
    connection.sweep(1_500)
    await quiet()
    expect(notes.notes.some((note) => note.startsWith('close'))).toBe(false)
  })
})
