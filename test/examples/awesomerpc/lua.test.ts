/** The configuration of examples/awesomerpc, with its codec in Lua, on real calls through a real weir. */
import { resolve } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { AwesomeCaller, AwesomeService } from '../../support/awesome-peer.ts'
import { ExampleProxy } from '../example-proxy.ts'

const closers: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

test('routes by command, limits, changes the code on the way and answers with errors of the protocol', async () => {
  const [first, second] = [await AwesomeService.start('first'), await AwesomeService.start('second')]
  closers.push(
    () => first.close(),
    () => second.close(),
  )
  const at = (name: string) => `- name: ${name}\n    endpoints: [`
  const proxy = await ExampleProxy.start('examples/awesomerpc/weir.yaml', {
    './plugins': resolve('examples/awesomerpc/plugins'),
    [at('first')]: `${at('first')}"127.0.0.1:${first.port}"] # `,
    [at('second')]: `${at('second')}"127.0.0.1:${second.port}"] # `,
  })
  closers.push(() => proxy.stop())
  const caller = await AwesomeCaller.open(proxy.listenPort)
  closers.push(() => caller.close())
  expect(await caller.call(1, 'hello')).toMatchObject({ body: 'first:1:hello', code: 0 })
  expect(await caller.call(2, 'you')).toMatchObject({ body: 'second:2:you', code: 0 })
  expect(first.packets).toMatchObject([{ cmd: 1, code: 5, body: 'hello' }])
  expect(await caller.call(13)).toMatchObject({ code: 404, cmd: 13 })
  for (let round = 0; round < 2; round++) expect((await caller.call(7))?.code).toBe(0)
  expect(await caller.call(7)).toMatchObject({ code: 429, body: expect.stringContaining('dear') })
  expect(await caller.call(0)).toMatchObject({ cmd: 0, code: 0 })
})
