import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { Connection } from '../../../core/net/connection.ts'
import { Turn } from '../../../core/net/turn.ts'
import { quiet } from '../../support/eventually.ts'

/** A socket whose writes depart when the test says so. */
class StalledSocket extends Socket {
  readonly #departures: (() => void)[] = []

  override _write(_chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    this.#departures.push(done)
  }

  override _writev(_chunks: unknown, done: () => void): void {
    this.#departures.push(done)
  }

  /** What was handed to the system first is taken; false when nothing waits. */
  depart(): boolean {
    const departure = this.#departures.shift()
    departure?.()
    return departure !== undefined
  }
}

test('a connection tells of the low watermark when a batch follows just before the last one is known to be gone', async () => {
  const socket = new StalledSocket()
  const notes: string[] = []
  const connection = new Connection(
    socket,
    new Turn(),
    {
      onBytes: () => undefined,
      onHalfClose: () => undefined,
      onClose: () => undefined,
      onHighWatermark: () => notes.push('high'),
      onLowWatermark: () => notes.push('low'),
    },
    { highWatermarkBytes: 1_000, lowWatermarkBytes: 500, writeTimeoutMs: 1_000, keepaliveMs: 0 },
  )
  const write = (): void => {
    connection.prepare().copy(Buffer.alloc(2_000), 0, 2_000)
    connection.wrote()
    connection.flush()
  }
  write()
  expect(notes).toEqual(['high'])
  socket.depart()
  expect(connection.pendingBytes).toBe(0)
  write()
  while (socket.depart()) await quiet()
  expect(notes).toEqual(['high', 'low'])
  connection.destroy('the test is over')
})
