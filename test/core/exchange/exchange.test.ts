import { afterEach, describe, expect, test } from 'vitest'
import { type Exchange, type Filter, forward, type Outcome, type Route } from '../../../sdk/index.ts'
import { eventually, quiet } from '../../support/eventually.ts'
import { RecordingFilter } from '../../support/recording-filter.ts'
import { echo, silence } from '../../support/scripted-upstream.ts'
import { Stage } from '../../support/stage.ts'
import { toUp } from '../../support/test-proxy.ts'

const stage = new Stage()
afterEach(() => stage.clear())

describe('onEnd', () => {
  const gone = 'record end error upstream_reset'

  test('is told of an answered request, with its upstream and times', async () => {
    const record = new RecordingFilter()
    const { proxy, upstream } = await stage.pair({ filters: [record, toUp] }, silence)
    const client = await proxy.client()
    client.send('req', 1)
    await upstream.received(1)
    proxy.advance(40)
    const peer = await upstream.peer(0)
    peer.send('ok', upstream.requests[0]?.id ?? '')
    await client.reply(1)
    expect(record.outcomes).toEqual([
      {
        result: 'ok',
        error: undefined,
        cluster: 'up',
        endpoint: upstream.address,
        flags: [],
        upstreamMs: 40,
      },
    ])
  })

  test('is told of a one-way once it is sent', async () => {
    const record = new RecordingFilter()
    const { proxy, upstream } = await stage.pair({ filters: [record, toUp] })
    const client = await proxy.client()
    client.send('oneway', 5, { a: 'b' })
    await upstream.received(1)
    expect(upstream.requests[0]).toMatchObject({ kind: 'oneway', properties: { a: 'b' } })
    expect(record.notes).toEqual(['record request', 'record end oneway'])
    await quiet()
    expect(client.lines).toEqual([])
  })

  test('is told of a request whose reply did not come in time', async () => {
    const record = new RecordingFilter()
    const { proxy, upstream } = await stage.pair({ filters: [record, toUp] }, silence)
    const client = await proxy.client()
    client.send('req', 1)
    await upstream.received(1)
    proxy.advance(30_010)
    await client.reply(1)
    expect(record.notes).toEqual(['record request', 'record end error request_timeout'])
  })

  test('is told of a request whose upstream died', async () => {
    const record = new RecordingFilter()
    const { proxy } = await stage.pair({ filters: [record, toUp] }, (_line, peer) => peer.reset())
    const client = await proxy.client()
    client.send('req', 1)
    expect((await client.reply(1)).properties['error']).toBe('upstream_reset')
    expect(record.notes).toEqual(['record request', gone])
  })

  test('is told of a request whose client has gone', async () => {
    const record = new RecordingFilter()
    const { proxy, upstream } = await stage.pair({ filters: [record, toUp] }, silence)
    const client = await proxy.client()
    client.send('req', 1)
    await upstream.received(1)
    client.reset()
    await eventually(() => record.outcomes.length === 1, 'the exchange ends')
    expect(record.outcomes[0]).toMatchObject({ result: 'downstream_gone', flags: ['downstream_gone'] })
  })

  test('is told of a request that draining cut off', async () => {
    const record = new RecordingFilter()
    const { proxy, upstream } = await stage.pair({ filters: [record, toUp] }, silence)
    const client = await proxy.client()
    client.send('req', 1)
    await upstream.received(1)
    proxy.listener.leave(1_000)
    proxy.advance(1_000)
    expect((await client.reply(1)).properties['error']).toBe('draining')
    expect(record.notes).toEqual(['record request', 'record end error draining'])
  })

  test('is told to a filter that threw, and not to those behind it', async () => {
    const told: string[] = []
    const failing: Filter = {
      onRequest: () => {
        throw new Error('a bug')
      },
      onEnd: () => {
        told.push('failing')
      },
    }
    const behind = new RecordingFilter()
    const proxy = await stage.proxy({ filters: [failing, behind] })
    const client = await proxy.client()
    client.send('req', 1)
    await client.reply(1)
    expect(told).toEqual(['failing'])
    expect(behind.notes).toEqual([])
  })

  test('that throws keeps the reply and the other filters whole', async () => {
    const failing: Filter = {
      onEnd: () => {
        throw new Error('a bug')
      },
    }
    const record = new RecordingFilter()
    const { proxy } = await stage.pair({ filters: [failing, record, toUp] })
    const client = await proxy.client()
    client.send('req', 1)
    expect((await client.reply(1)).kind).toBe('ok')
    expect(record.outcomes).toHaveLength(1)
    expect(proxy.figure('listener_filter_failures_total')).toBe(1)
  })

  test('is told sizes, the response and the sentence of an error', async () => {
    const outcomes: Pick<Outcome, 'requestBytes' | 'responseBytes' | 'errorText'>[] = []
    const sizes: Filter = {
      onEnd: (_exchange, outcome) => {
        const { requestBytes, responseBytes, errorText } = outcome
        outcomes.push({ requestBytes, responseBytes, errorText })
      },
    }
    const { proxy } = await stage.pair({ filters: [sizes, toUp] })
    const client = await proxy.client()
    client.send('req', 1, {}, 'body')
    await client.reply(1)
    expect(outcomes).toEqual([
      { requestBytes: 'ids req 1|body\n'.length, responseBytes: 'ids ok 1|body\n'.length, errorText: '' },
    ])
  })
})

describe('an exchange', () => {
  const routes: Route[] = [
    { name: 'one', filterConfigs: {} },
    { name: 'two', filterConfigs: {} },
  ]

  function router(asked: string[]): Filter {
    return {
      onRequest: (_metadata, _mutation, exchange) => {
        asked.push(`forward ${exchange.route?.name}`)
        return forward('up')
      },
      route: (metadata) => {
        asked.push('route')
        return routes.find(({ name }) => name === metadata.get('to'))
      },
    }
  }

  test('finds its route once, also when there is none', async () => {
    const asked: string[] = []
    const reads: Filter = {
      onRequest: (_metadata, _mutation, exchange) => {
        asked.push(`${exchange.route?.name} ${exchange.route?.name}`)
        return undefined
      },
    }
    const { proxy } = await stage.pair({ filters: [reads, router(asked)] })
    const client = await proxy.client()
    client.send('req', 1, { to: 'one' })
    await client.reply(1)
    client.send('req', 2)
    await client.reply(2)
    expect(asked).toEqual([
      'route',
      'one one',
      'forward one',
      'route',
      'undefined undefined',
      'forward undefined',
    ])
  })

  test('finds its route anew after clearRoute, by what filters have changed', async () => {
    const asked: string[] = []
    const changes: Filter = {
      onRequest: (_metadata, mutation, exchange) => {
        asked.push(`was ${exchange.route?.name}`)
        mutation.set('to', 'two')
        exchange.clearRoute()
        return undefined
      },
    }
    const { proxy } = await stage.pair({ filters: [changes, router(asked)] })
    const client = await proxy.client()
    client.send('req', 1, { to: 'one' })
    expect((await client.reply(1)).properties).toEqual({ to: 'two' })
    expect(asked).toEqual(['route', 'was one', 'route', 'forward two'])
  })

  test('keeps a slot for each filter from one phase to the next', async () => {
    const seen: unknown[] = []
    const counting = (start: number): Filter => {
      let count = start
      const filter: Filter = {
        onRequest: (_metadata, _mutation, exchange) => {
          seen.push(exchange.get(filter))
          exchange.set(filter, count++)
          return undefined
        },
        onEnd: (exchange) => {
          seen.push(exchange.get(filter))
        },
      }
      return filter
    }
    const { proxy } = await stage.pair({ filters: [counting(10), counting(20), toUp] })
    const client = await proxy.client()
    client.send('req', 1)
    await client.reply(1)
    client.send('req', 2)
    await client.reply(2)
    expect(seen).toEqual([undefined, undefined, 10, 20, undefined, undefined, 11, 21])
  })

  test('shows later filters, and the upstream, what earlier ones changed; in both directions', async () => {
    const seen: unknown[] = []
    const edits: Filter = {
      onRequest: (_metadata, mutation) => {
        mutation.set('a', '2')
        mutation.add('b', 'new')
        mutation.remove('c')
        mutation.body(Buffer.from('changed'))
        return undefined
      },
      onResponse: (metadata) => {
        seen.push(metadata.get('d'))
        return undefined
      },
    }
    const reads: Filter = {
      onRequest: (metadata) => {
        seen.push(
          metadata.get('a'),
          metadata.getAll('b'),
          metadata.has('c'),
          metadata.keys(),
          String(metadata.body),
        )
        return undefined
      },
      onResponse: (_metadata, mutation) => {
        mutation.set('d', 'from-response')
        return undefined
      },
    }
    const { proxy, upstream } = await stage.pair({ filters: [edits, reads, toUp] })
    const client = await proxy.client()
    client.send('req', 1, { a: '1', c: '3' }, 'original')
    expect(await client.reply(1)).toMatchObject({
      properties: { a: '2', b: 'new', d: 'from-response' },
      body: 'changed',
    })
    expect(upstream.requests[0]).toMatchObject({ properties: { a: '2', b: 'new' }, body: 'changed' })
    expect(seen).toEqual(['2', ['new'], false, ['a', 'b'], 'changed', 'from-response'])
  })

  test('whose request cannot be changed as asked is answered bad_request, and its neighbour passes', async () => {
    const fixes: Filter = {
      onRequest: (metadata, mutation) => {
        if (metadata.has('bad')) mutation.set('fixed', 'x')
        return undefined
      },
    }
    const { proxy, upstream } = await stage.pair({ filters: [fixes, toUp] })
    const client = await proxy.client()
    client.send('req', 1, { bad: 'yes' })
    client.send('req', 2)
    expect(await client.reply(1)).toMatchObject({
      properties: { error: 'bad_request' },
      body: '"fixed" cannot be changed',
    })
    await client.reply(2)
    expect(upstream.requests).toHaveLength(1)
  })

  test('tells filters where it came from', async () => {
    const facts: Pick<Exchange, 'listener' | 'protocol' | 'peer' | 'localAddress' | 'startedMs'>[] = []
    const reads: Filter = {
      onRequest: (_metadata, _mutation, exchange) => {
        const { listener, protocol, peer, localAddress, startedMs } = exchange
        facts.push({ listener, protocol, peer, localAddress, startedMs })
        return undefined
      },
    }
    const { proxy } = await stage.pair({ filters: [reads, toUp] }, echo)
    const client = await proxy.client()
    client.send('req', 1)
    await client.reply(1)
    expect(facts).toEqual([
      {
        listener: 'in',
        protocol: 'ids',
        peer: `127.0.0.1:${client.socket.localPort}`,
        localAddress: proxy.listener.boundAddress,
        startedMs: 1_000,
      },
    ])
  })
})
