import { expect, test } from 'vitest'
import { SystemDns } from '../../../core/upstream/dns.ts'
import { type EndpointSpec, Resolver } from '../../../core/upstream/resolver.ts'

test('SystemDns looks localhost up without a name server', async () => {
  const found = await new SystemDns().lookup('localhost')
  expect(found.length).toBeGreaterThan(0)
  for (const { address } of found) expect(['127.0.0.1', '::1']).toContain(address)
})

test('SystemDns gives up what it asks when it is told to', async () => {
  const dns = new SystemDns()
  const asked = Promise.allSettled([dns.resolve4('weir.invalid'), dns.resolve6('weir.invalid')])
  dns.cancel()
  expect(await asked).toHaveLength(2)
})

test('a Resolver finds localhost by itself', async () => {
  const specs = await new Promise<readonly EndpointSpec[]>((resolve) => {
    const resolver = new Resolver(
      { endpoints: ['localhost:20880'], dns: { interval: 5_000, ttl: false } },
      {
        random: () => 0,
        onChange: (found) => {
          resolver.close()
          resolve(found)
        },
      },
    )
    resolver.start()
  })
  expect(specs.map((spec) => spec.hostname)).toContain('localhost')
})
