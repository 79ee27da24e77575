import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { Stage } from '../../support/stage.ts'

const stage = new Stage()
afterEach(() => stage.clear())

describe('a listener', () => {
  test.each(['tcp', 'unix'])('of kind %s outlives an error of the system at accepting', async (kind) => {
    const folder = await mkdtemp(join(tmpdir(), 'weir-'))
    const listen = vi.spyOn(Server.prototype, 'listen')
    try {
      const upstream = await stage.upstream()
      listen.mockClear()
      const address = kind === 'tcp' ? '127.0.0.1:0' : `unix:${join(folder, 'in.sock')}`
      const proxy = await stage.proxy({ endpoints: [upstream.address], listener: { address } })
      const server = listen.mock.contexts[0]
      if (!(server instanceof Server)) throw new Error('no server listens')
      for (let i = 0; i < 1_000; i++) server.emit('error', new Error('accept EMFILE'))
      const client = await proxy.client()
      client.send('req', 1)
      expect((await client.reply(1)).kind).toBe('ok')
    } finally {
      listen.mockRestore()
      await stage.clear()
      await rm(folder, { recursive: true })
    }
  })

  test('does not take the place of a file that is no socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'weir-'))
    const path = join(folder, 'data')
    await writeFile(path, 'x')
    await expect(stage.proxy({ listener: { address: `unix:${path}` } })).rejects.toThrow('is no socket')
    await rm(folder, { recursive: true })
  })
})
