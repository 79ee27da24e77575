import { link, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { removeStaleSocket } from '../../../core/net/unix-socket.ts'

describe('removeStaleSocket()', () => {
  let folder: string
  let path: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weir-'))
    path = join(folder, 'in.sock')
  })

  afterEach(() => rm(folder, { recursive: true }))

  async function listen(where: string): Promise<Server> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(where, resolve))
    return server
  }

  function closed(server: Server): Promise<void> {
    return new Promise((resolve) => server.close(() => resolve()))
  }

  test('leaves the socket of a living process alone, and says so', async () => {
    const server = await listen(path)
    await expect(removeStaleSocket(path)).rejects.toThrow(`${path} is in use: a process listens there`)
    expect((await stat(path)).isSocket()).toBe(true)
    await closed(server)
  })

  test('leaves a file that is no socket alone, and says so', async () => {
    await writeFile(path, 'somebody’s data')
    await expect(removeStaleSocket(path)).rejects.toThrow(`${path} is there already and is no socket`)
    expect(await readFile(path, 'utf8')).toBe('somebody’s data')
  })

  test('removes the socket of a process that is gone', async () => {
    const server = await listen(join(folder, 'other.sock'))
    await link(join(folder, 'other.sock'), path)
    await closed(server)
    await removeStaleSocket(path)
    await closed(await listen(path))
  })

  test('has nothing to do where nothing stands', async () => {
    await expect(removeStaleSocket(path)).resolves.toBeUndefined()
  })

  test('says that there is no folder, where the system would say that it may not be', async () => {
    const nowhere = join(folder, 'no', 'such')
    await expect(removeStaleSocket(join(nowhere, 'main.sock'))).rejects.toThrow(
      `there is no folder ${nowhere}`,
    )
  })
})
