import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { DnsQueries, DnsRecord } from '../../../core/upstream/dns.ts'
import type { ClusterOptions } from '../../../core/upstream/options.ts'
import { type EndpointSpec, Resolver } from '../../../core/upstream/resolver.ts'

type Answer = readonly DnsRecord[] | Error | 'hang'
type Kind = 'resolve4' | 'resolve6' | 'lookup'

/** Name servers that answer what the test has set. */
class TestDns implements DnsQueries {
  readonly asked: string[] = []
  readonly answers = new Map<string, Answer>()
  cancelled = 0

  set(kind: Kind, hostname: string, answer: Answer): void {
    this.answers.set(`${kind} ${hostname}`, answer)
  }

  resolve4(hostname: string): Promise<readonly DnsRecord[]> {
    return this.#answer(`resolve4 ${hostname}`)
  }

  resolve6(hostname: string): Promise<readonly DnsRecord[]> {
    return this.#answer(`resolve6 ${hostname}`)
  }

  lookup(hostname: string): Promise<readonly DnsRecord[]> {
    return this.#answer(`lookup ${hostname}`)
  }

  cancel(): void {
    this.cancelled++
  }

  #answer(question: string): Promise<readonly DnsRecord[]> {
    this.asked.push(question)
    const answer = this.answers.get(question) ?? []
    if (answer === 'hang') return new Promise(() => {})
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
  }
}

function records(addresses: readonly string[], ttl = 30): readonly DnsRecord[] {
  return addresses.map((address) => ({ address, ttl }))
}

function addressesOf(specs: readonly EndpointSpec[] | undefined): readonly string[] | undefined {
  return specs?.map((spec) => spec.address)
}

describe('Resolver', () => {
  let dns: TestDns
  let sets: (readonly EndpointSpec[])[]
  let problems: string[]
  let resolver: Resolver | undefined

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    dns = new TestDns()
    sets = []
    problems = []
  })

  afterEach(() => {
    resolver?.close()
    resolver = undefined
    const timersLeft = vi.getTimerCount()
    vi.useRealTimers()
    expect(timersLeft).toBe(0)
  })

  function start(
    endpoints: ClusterOptions['endpoints'],
    options: ClusterOptions['dns'] = { interval: 5_000, ttl: false },
  ): Resolver {
    resolver = new Resolver(
      { endpoints, dns: options },
      {
        random: () => 0,
        onChange: (specs) => sets.push(specs),
        onProblem: (hostname, problem) => problems.push(`${hostname}: ${problem}`),
        dns,
      },
    )
    resolver.start()
    return resolver
  }

  /** Lets time pass, and the promises that are settled by then. */
  async function pass(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms)
  }

  test('hands out addresses and paths at once, with what the options say, and sets no timer', () => {
    start([
      '127.0.0.1:1',
      { address: '[::1]:2', weight: 7, priority: 2, locality: 'eu/a', metadata: { zone: 'a' } },
      'unix:/s',
    ])
    expect(sets).toEqual([
      [
        {
          address: '127.0.0.1:1',
          target: { kind: 'tcp', host: '127.0.0.1', port: 1 },
          hostname: undefined,
          weight: 1,
          priority: 0,
          locality: undefined,
          metadata: {},
        },
        {
          address: '[::1]:2',
          target: { kind: 'tcp', host: '::1', port: 2 },
          hostname: undefined,
          weight: 7,
          priority: 2,
          locality: 'eu/a',
          metadata: { zone: 'a' },
        },
        {
          address: 'unix:/s',
          target: { kind: 'unix', path: '/s' },
          hostname: undefined,
          weight: 1,
          priority: 0,
          locality: undefined,
          metadata: {},
        },
      ],
    ])
    expect([vi.getTimerCount(), resolver?.complete]).toEqual([0, true])
  })

  test('hands out an empty set when there are no endpoints at all', () => {
    start([])
    expect(sets).toEqual([[]])
  })

  test('the first of two endpoints with one address counts', () => {
    start([{ address: '127.0.0.1:1', weight: 3, priority: 0 }, '127.0.0.1:1'])
    expect(sets[0]?.map((spec) => spec.weight)).toEqual([3])
  })

  test('an address that cannot be read is refused with its sentence', () => {
    expect(() => start(['127.0.0.1'])).toThrow('127.0.0.1: The port is missing; write 127.0.0.1:port.')
  })

  test('replaces a name by its addresses of both families, in the place of the name', async () => {
    dns.set('resolve4', 'a.test', records(['10.0.0.2', '10.0.0.1']))
    dns.set('resolve6', 'a.test', records(['fd00::1']))
    start(['127.0.0.1:1', { address: 'a.test:9', weight: 2, priority: 0, locality: 'x' }, '127.0.0.1:2'])
    expect(addressesOf(sets[0])).toEqual(['127.0.0.1:1', '127.0.0.1:2'])
    expect(resolver?.complete).toBe(false)
    await pass(0)
    expect(addressesOf(sets[1])).toEqual([
      '127.0.0.1:1',
      '10.0.0.1:9',
      '10.0.0.2:9',
      '[fd00::1]:9',
      '127.0.0.1:2',
    ])
    expect(sets[1]?.[1]).toMatchObject({ hostname: 'a.test', weight: 2, locality: 'x' })
    expect(sets[1]?.[1]?.target).toEqual({ kind: 'tcp', host: '10.0.0.1', port: 9 })
    expect(resolver?.complete).toBe(true)
  })

  test('a name on several ports is asked for once', async () => {
    dns.set('resolve4', 'a.test', records(['10.0.0.1']))
    start(['a.test:1', 'a.test:2'])
    await pass(0)
    expect(dns.asked).toEqual(['resolve4 a.test', 'resolve6 a.test'])
    expect(addressesOf(sets.at(-1))).toEqual(['10.0.0.1:1', '10.0.0.1:2'])
  })

  test('tells of an address that passes from one name to another of other weight', async () => {
    dns.set('resolve4', 'a.test', records(['10.0.0.1']))
    dns.set('resolve4', 'b.test', records(['10.0.0.1']))
    start([{ address: 'a.test:1', weight: 5, priority: 0 }, 'b.test:1'])
    await pass(0)
    dns.set('resolve4', 'a.test', records(['10.0.0.2']))
    await pass(5_000)
    expect(sets.at(-1)?.map((spec) => [spec.address, spec.weight])).toEqual([
      ['10.0.0.2:1', 5],
      ['10.0.0.1:1', 1],
    ])
  })

  test('asks again every interval and tells of changes only', async () => {
    dns.set('resolve4', 'a.test', records(['10.0.0.1', '10.0.0.2']))
    start(['a.test:1'])
    await pass(0)
    dns.set('resolve4', 'a.test', records(['10.0.0.2', '10.0.0.1', '10.0.0.1']))
    await pass(5_000)
    expect([dns.asked.length, sets.length]).toEqual([4, 1])
    dns.set('resolve4', 'a.test', records(['10.0.0.3', '10.0.0.1']))
    await pass(5_000)
    expect(sets.map(addressesOf)).toEqual([
      ['10.0.0.1:1', '10.0.0.2:1'],
      ['10.0.0.1:1', '10.0.0.3:1'],
    ])
  })

  test('asks again when the first record expires, if the options say so', async () => {
    dns.set('resolve4', 'a.test', records(['10.0.0.1'], 90))
    dns.set('resolve6', 'a.test', records(['fd00::1'], 60))
    start(['a.test:1'], { interval: 5_000, ttl: true })
    await pass(59_999)
    expect(dns.asked).toHaveLength(2)
    await pass(1)
    expect(dns.asked).toHaveLength(4)
  })

  test('asks at most every second when records expire at once', async () => {
    dns.set('resolve4', 'a.test', records(['10.0.0.1'], 0))
    start(['a.test:1'], { interval: 5_000, ttl: true })
    await pass(10_500)
    expect(dns.asked.length / 2).toBe(11)
  })

  test('a name of the hosts file comes from the lookup', async () => {
    dns.set('lookup', 'db.internal', [
      { address: '::1', ttl: undefined },
      { address: '127.0.0.1', ttl: undefined },
    ])
    start(['db.internal:1'])
    await pass(0)
    expect(addressesOf(sets[0])).toEqual(['127.0.0.1:1', '[::1]:1'])
    expect(dns.asked).toEqual(['resolve4 db.internal', 'resolve6 db.internal', 'lookup db.internal'])
  })

  test('name servers are not asked for a name without a dot', async () => {
    dns.set('lookup', 'localhost', [{ address: '127.0.0.1', ttl: undefined }])
    start(['localhost:1'])
    await pass(0)
    expect(dns.asked).toEqual(['lookup localhost'])
    expect(addressesOf(sets[0])).toEqual(['127.0.0.1:1'])
  })

  test.each([
    ['fails', new Error('refused'), 'refused'],
    ['is empty', [], 'the name has no addresses'],
    ['never comes', 'hang', 'no answer in time'],
  ] as const)(
    'keeps the last good answer when the next one %s, and says so once',
    async (_, answer, problem) => {
      dns.set('resolve4', 'a.test', records(['10.0.0.1']))
      start(['a.test:1'])
      await pass(0)
      for (const kind of ['resolve4', 'resolve6', 'lookup'] as const) dns.set(kind, 'a.test', answer)
      await pass(60_000)
      expect([sets.length, problems]).toEqual([1, [`a.test: ${problem}`]])
      expect(resolver?.report()).toEqual([{ hostname: 'a.test', addresses: ['10.0.0.1'], problem }])
      dns.set('resolve4', 'a.test', records(['10.0.0.2']))
      await pass(20_000)
      expect([addressesOf(sets.at(-1)), problems.at(-1)]).toEqual([['10.0.0.2:1'], 'a.test: undefined'])
    },
  )

  test('name servers that never answer for IPv6 hold nothing up for long', async () => {
    dns.set('resolve4', 'a.test', records(['10.0.0.1']))
    dns.set('resolve6', 'a.test', 'hang')
    start(['a.test:1'])
    await pass(4_000)
    expect(addressesOf(sets[0])).toEqual(['10.0.0.1:1'])
  })

  test('one family keeps its last good answer while only its question fails', async () => {
    dns.set('resolve4', 'a.test', records(['10.0.0.1']))
    dns.set('resolve6', 'a.test', records(['fd00::1']))
    start(['a.test:1'])
    await pass(0)
    dns.set('resolve6', 'a.test', new Error('servfail'))
    await pass(5_000)
    expect(sets).toHaveLength(1)
    dns.set('resolve6', 'a.test', [])
    await pass(5_000)
    expect(addressesOf(sets.at(-1))).toEqual(['10.0.0.1:1'])
  })

  test('a lookup that hangs is not joined by further ones', async () => {
    dns.set('lookup', 'localhost', 'hang')
    start(['localhost:1'])
    await pass(600_000)
    expect([dns.asked, sets, problems.length]).toEqual([['lookup localhost'], [], 1])
  })

  test('a name that is not known yet is asked for every second', async () => {
    start(['a.test:1'], { interval: 60_000, ttl: false })
    await pass(2_000)
    dns.set('resolve4', 'a.test', records(['10.0.0.1']))
    await pass(1_000)
    expect(addressesOf(sets.at(-1))).toEqual(['10.0.0.1:1'])
  })

  test('an answer of thousands of records is cut to a thousand, always the same ones', async () => {
    const all = Array.from({ length: 3_000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`)
    dns.set('resolve4', 'a.test', records(all))
    start(['a.test:1'])
    await pass(0)
    dns.set('resolve4', 'a.test', records(all.toReversed()))
    await pass(5_000)
    expect(sets.map((set) => set.length)).toEqual([1_000])
  })

  test('waits are spread by the random number', async () => {
    dns.set('resolve4', 'a.test', records(['10.0.0.1']))
    resolver = new Resolver(
      { endpoints: ['a.test:1'], dns: { interval: 5_000, ttl: false } },
      { random: () => 0.5, onChange: () => {}, dns },
    )
    resolver.start()
    await pass(5_249)
    expect(dns.asked).toHaveLength(2)
    await pass(1)
    expect(dns.asked).toHaveLength(4)
  })

  test('after close() no answer is told, nothing is asked and what was asked is given up', async () => {
    dns.set('resolve4', 'a.test', records(['10.0.0.1']))
    start(['a.test:1', 'b.test:1']).close()
    await pass(60_000)
    expect([sets, problems, dns.cancelled]).toEqual([[], [], 1])
    expect(dns.asked).toHaveLength(4)
  })
})
