/** AwesomeRoutes: a listener of awesomerpc with routes, limits and changes, and what its callers must see of them. */
import { expect } from 'vitest'
import type { AwesomeCaller, AwesomeService } from '../../support/awesome-peer.ts'

/** It wants the clusters `one`, `two`, and `nobody`, behind which nobody is. */
export const awesomeListener = `  - name: rpc
    address: 127.0.0.1:0
    protocol: awesomerpc
    filters:
      - rate-limit: { limits: [{ match: { cmd: '7' }, tokens: 2, every: 1h }] }
      - header-mutation: { request: { set: { code: '5' } } }
      - router
    routes:
      - { match: { cmd: '2' }, cluster: two }
      - { match: { cmd: '66' }, cluster: nobody }
      - { match: { not: { cmd: '13' } }, cluster: one }`

export function awesomeClusters(one: AwesomeService, two: AwesomeService): string {
  return `  - { name: one, endpoints: ['127.0.0.1:${one.port}'] }
  - { name: two, endpoints: ['127.0.0.1:${two.port}'] }
  - { name: nobody, endpoints: ['127.0.0.1:1'] }`
}

/** `one` has seen no packet yet. */
export async function expectAwesomeRoutes(caller: AwesomeCaller, one: AwesomeService): Promise<void> {
  expect((await caller.call(1, 'hello'))?.body).toBe('one:1:hello')
  expect((await caller.call(2, 'x'))?.body).toBe('two:2:x')
  // The header was changed on its way, and the length and the body are whole.
  expect(one.packets[0]).toMatchObject({ cmd: 1, code: 5, body: 'hello' })
  expect(await caller.call(13)).toMatchObject({ code: 404, cmd: 13, body: expect.stringContaining('route') })
  expect((await caller.call(66))?.code).toBe(500)
  await caller.call(7)
  await caller.call(7)
  expect((await caller.call(7))?.code).toBe(429)
  const bodies = await Promise.all(Array.from({ length: 200 }, (_, i) => caller.call(1 + (i % 2), `n${i}`)))
  expect(bodies.map((each) => each?.body)).toEqual(
    Array.from({ length: 200 }, (_, i) => `${i % 2 === 0 ? 'one' : 'two'}:${1 + (i % 2)}:n${i}`),
  )
}
