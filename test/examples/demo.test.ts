/** The demo's service and client against each other, and the demo as the child process that it is. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { outcomeLine } from '../../examples/demo/callers.ts'
import { DemoClient } from '../../examples/demo/client.ts'
import { HessianReader, hessianMap, hessianString } from '../../examples/demo/hessian.ts'
import { startService } from '../../examples/demo/service.ts'
import { PATIENCE_MS } from '../support/eventually.ts'

test.each([
  ['an empty string', ''],
  ['a short string', 'hello'],
  ['a string of 31 units', 'x'.repeat(31)],
  ['a string of 32 units', 'x'.repeat(32)],
  ['a string of 1023 units', 'x'.repeat(1023)],
  ['a string of 1024 units', 'x'.repeat(1024)],
  ['a string longer than one piece', 'ä€'.repeat(40_000)],
  ['characters outside the basic plane', '你好 🚢'],
])('a reader reads %s as it was written', (_name, text) => {
  expect(new HessianReader(hessianString(text)).string()).toBe(text)
})

test('a reader reads a map as it was written', () => {
  const reader = new HessianReader(hessianMap({ caller: 'shop', empty: '' }))
  expect(reader.map()).toEqual({ caller: 'shop', empty: '' })
  expect(reader.done).toBe(true)
})

test('the service answers with the attachments it received', async () => {
  const service = await startService(0, 'one')
  const client = new DemoClient('127.0.0.1', service.port, PATIENCE_MS)
  const outcome = await client.call({ method: 'sayHello', argument: 'Ann', attachments: { caller: 'shop' } })
  expect(outcome).toMatchObject({
    kind: 'value',
    text: 'Hello, Ann! This is one, I received caller=shop.',
    attachments: { dubbo: '2.0.2' },
  })
  client.close()
  await service.close()
})

test('a method that the service does not have is an error with a text', async () => {
  const service = await startService(0, 'one')
  const client = new DemoClient('127.0.0.1', service.port, PATIENCE_MS)
  const outcome = await client.call({ method: 'sing', argument: 'Ann' })
  expect(outcome).toMatchObject({ kind: 'error', status: 60 })
  client.close()
  await service.close()
})

test('a call fails at once when nobody listens, and the next one connects anew', async () => {
  const service = await startService(0, 'one')
  const client = new DemoClient('127.0.0.1', service.port, PATIENCE_MS)
  await service.close()
  expect(await client.call({ method: 'sayHello', argument: 'Ann' })).toMatchObject({ kind: 'failed' })
  const again = await startService(service.port, 'again')
  expect(await client.call({ method: 'sayHello', argument: 'Ann' })).toMatchObject({ kind: 'value' })
  client.close()
  await again.close()
})

test('a line names what the proxy set and what it refused', () => {
  const call = { method: 'sayHello', argument: 'Ann' }
  const text = 'Hello, Ann! This is service 1, I received caller=shop via=weir.'
  const sent = { caller: 'shop' }
  const changed = outcomeLine('shop', call, { kind: 'value', text, attachments: {}, ms: 1 }, sent)
  expect(changed).toContain('the proxy set via=weir)')
  const words = 'Hello, Ann! This is service 1, I received caller=shop by=lua, calling sayHello via=weir.'
  const several = outcomeLine('shop', call, { kind: 'value', text: words, attachments: {}, ms: 1 }, sent)
  expect(several).toContain('the proxy set by=lua, calling sayHello via=weir)')
  const limited = { kind: 'error', status: 100, text: 'over_limit: too many calls', ms: 1 } as const
  expect(outcomeLine('shop', call, limited, sent)).toMatch(/LIMITED .*status 100: over_limit/)
})

test('the demo as a process says what to edit, calls the listener and ends on SIGTERM', async () => {
  const service = await startService(0, 'one')
  const args = ['--listener', `127.0.0.1:${service.port}`, '--services', '0,0', '--plugins', 'mine']
  const child = spawn(process.execPath, ['examples/demo/main.ts', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8')
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (text: string) => {
      output += text
      if (output.includes('Hello, Ann!')) resolve()
    })
  })
  expect(output).toMatch(
    /edit {3}weir\.yaml .*\n +write {2}mine\/tag\.lua .*README\.md\n +open {3}http.*\/metrics\n/,
  )
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
  await service.close()
})
