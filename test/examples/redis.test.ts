/** The Redis example runs as it is written, but for its ports. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { serving } from '../support/serving.ts'
import { TinyRedis } from '../support/tiny-redis.ts'

test('examples/07-redis: commands are refused, limited and routed by their key', async () => {
  const cache = await TinyRedis.listen()
  const sessions = await TinyRedis.listen()
  const dir = mkdtempSync(join(tmpdir(), 'weir-redis-'))
  const text = readFileSync('examples/07-redis/weir.yaml', 'utf8')
    .replace('127.0.0.1:6380', '127.0.0.1:0')
    .replace('127.0.0.1:9901', '127.0.0.1:0')
    // Nothing comes in while the test runs, however long it takes.
    .replace('every: 1s', 'every: 1h')
    .replace('127.0.0.1:6379', `127.0.0.1:${cache.port}`)
    .replace('127.0.0.1:6381', `127.0.0.1:${sessions.port}`)
  writeFileSync(join(dir, 'weir.yaml'), text)
  const args = ['core/cli/main.ts', 'run', '-c', join(dir, 'weir.yaml'), '--workers', '1']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  try {
    const { ports } = await serving(child)
    const socket = connect(ports['redis'] ?? 0, '127.0.0.1')
    await once(socket, 'connect')
    expect(await ask(socket, 'FLUSHALL\r\n', 1)).toEqual(['-NOPERM weir: denied: not from here'])
    expect(await ask(socket, 'config set a b\r\n', 1)).toEqual(['-NOPERM weir: denied: not from here'])
    expect(await ask(socket, 'SET session:1 ann\r\nSET a 1\r\nGET a\r\n', 4)).toEqual([
      '+OK',
      '+OK',
      '$1',
      '1',
    ])
    expect([sessions.values.get('session:1'), cache.values.get('session:1')]).toEqual(['ann', undefined])
    const many = await ask(socket, 'SET a 2\r\n'.repeat(300), 300)
    expect(many.slice(0, 50).every((line) => line === '+OK')).toBe(true)
    expect(many.some((line) => line.startsWith('-BUSY weir: over_limit'))).toBe(true)
    socket.destroy()
  } finally {
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    await exited
    await Promise.all([cache.stop(), sessions.stop()])
    rmSync(dir, { recursive: true, force: true })
  }
})

/** Lines are sent and so many lines come back. */
async function ask(socket: Socket, lines: string, count: number): Promise<readonly string[]> {
  let text = ''
  const take = (chunk: Buffer): void => {
    text += chunk.toString()
  }
  socket.on('data', take)
  socket.write(lines)
  await eventually(() => text.split('\r\n').length > count, `${count} lines`)
  socket.off('data', take)
  return text.trimEnd().split('\r\n')
}
