import type { Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { parseAddress } from '../../../core/net/address.ts'
import { type Dial, dial } from '../../../core/net/dial.ts'
import { Blackhole } from '../../support/blackhole.ts'
import { eventually, PATIENCE_MS, quiet } from '../../support/eventually.ts'
import { Stage } from '../../support/stage.ts'

const stage = new Stage()
afterEach(() => stage.clear())

function dialing(where: string, timeoutMs: number): { attempt: Dial; notes: string[]; sockets: Socket[] } {
  const address = parseAddress(where)
  if (typeof address === 'string') throw new Error(address)
  const notes: string[] = []
  const sockets: Socket[] = []
  const attempt = dial(address, timeoutMs, {
    onConnect: (socket) => {
      notes.push('connected')
      sockets.push(socket)
    },
    onFailure: (reason) => notes.push(reason),
  })
  return { attempt, notes, sockets }
}

describe('dial()', () => {
  test('hands over a connected socket', async () => {
    const upstream = await stage.upstream()
    const { notes, sockets } = dialing(upstream.address, PATIENCE_MS)
    await eventually(() => notes.length > 0, 'an answer')
    expect(notes).toEqual(['connected'])
    sockets[0]?.destroy()
  })

  test('fails, once, where nobody listens', async () => {
    const upstream = await stage.upstream()
    await upstream.stop()
    const { notes } = dialing(upstream.address, PATIENCE_MS)
    await eventually(() => notes.length > 0, 'an answer')
    await quiet()
    expect(notes).toEqual([expect.stringContaining('ECONNREFUSED')])
  })

  test('fails where no packet is answered, when its time is over', async () => {
    const hole = await Blackhole.open()
    try {
      const { notes } = dialing(hole.address, 30)
      await eventually(() => notes.length > 0, 'an answer')
      expect(notes).toEqual(['no connection within 30 ms'])
    } finally {
      await hole.close()
    }
  })

  test('says nothing more once it is cancelled', async () => {
    const upstream = await stage.upstream()
    const { attempt, notes } = dialing(upstream.address, PATIENCE_MS)
    attempt.cancel()
    attempt.cancel()
    await quiet()
    expect(notes).toEqual([])
  })
})
