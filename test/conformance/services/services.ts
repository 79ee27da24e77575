/**
 * Services: what every language offers its authors, as a list of facts about one guest that is written in each of them.
 * What a kit lacks fails here.
 */
import { expect } from 'vitest'
import { forward, replyError, replyMessage } from '../../../sdk/index.ts'
import { eventually } from '../../support/eventually.ts'
import type { ServiceGuest } from './service-guest.ts'

export interface Service {
  readonly name: string
  readonly holds: (guest: ServiceGuest) => Promise<void>
}

const properties = { key: ['one', 'two'] }
const routeOf = (word: string) => ({ name: word, filterConfigs: { guest: { word } } })

const words: readonly Service[] = [
  {
    name: 'what is known of a message',
    holds: async (guest) => {
      const known = { operation: 'demo.Greeter/hello', requestId: '42', size: 99, peer: '10.0.0.9:4711' }
      expect(await guest.says('about', known)).toBe('demo.Greeter/hello|42|99|-1|in|10.0.0.9:4711|fake')
    },
  },
  {
    name: 'keys',
    holds: async (guest) => {
      const keys = (await guest.says('keys', { properties }))?.split(',').sort()
      expect(keys).toEqual(['do', 'key'])
    },
  },
  {
    name: 'has, get and getAll',
    holds: async (guest) => {
      expect(await guest.says('has', { properties })).toBe('yes no')
      expect(await guest.says('get', { properties })).toBe('one none')
      expect(await guest.says('all', { properties })).toBe('one,two|')
    },
  },
  {
    name: 'the body',
    holds: async (guest) => expect(await guest.says('body', { body: 'a body' })).toBe('a body'),
  },
  {
    name: 'every edit',
    holds: async (guest) => {
      const { edits, body } = await guest.request(guest.exchange('edit'))
      expect(edits).toEqual([
        ['set', 'a', '1'],
        ['add', 'a', '2'],
        ['remove', 'b'],
      ])
      expect(body).toBe('new')
    },
  },
  {
    name: 'the configuration of the route',
    holds: async (guest) => {
      const [bye, ciao] = [routeOf('bye'), routeOf('ciao')]
      for (const route of [bye, ciao]) guest.filter.onRoute(route)
      expect(await guest.says('config')).toBe('hello 3 yes a,b é"\\')
      expect(await guest.says('config', {}, ciao)).toBe('ciao 3 no a,b é"\\')
      expect(await guest.says('config', {}, bye)).toBe('bye 3 no a,b é"\\')
    },
  },
]

const host: readonly Service[] = [
  {
    name: 'the time and chance',
    holds: async (guest) => {
      expect(await guest.says('now')).toBe(String(Math.floor(guest.stage.clock.wallMs / 1_000)))
      expect(await guest.says('random')).toBe('yes')
    },
  },
  {
    name: 'the store',
    holds: async (guest) => expect(await guest.says('store')).toBe('yes no yes 3 2 3 4 none yes no yes 0'),
  },
  {
    name: 'log and counters',
    holds: async (guest) => {
      const before = guest.lines.length
      await guest.says('log')
      expect(guest.lines.slice(before)).toEqual(['debug d', 'info i', 'warn w', 'error e'])
      await guest.says('counter')
      expect(guest.counted('seen')).toBe(3)
    },
  },
]

const verdicts: readonly Service[] = [
  {
    name: 'every verdict',
    holds: async (guest) => {
      const verdict = async (word: string) => (await guest.request(guest.exchange(word))).verdict
      expect(await verdict('nothing')).toBe('continue')
      expect(await verdict('drop')).toBe('drop')
      expect(await verdict('close')).toBe('close')
      expect(await verdict('refuse')).toEqual(replyError('denied', 'no'))
      expect(await verdict('reply')).toEqual(
        replyMessage({ properties: [['k', 'v']], body: Buffer.from('made') }),
      )
      expect(await verdict('forward')).toEqual(forward('other', 70))
    },
  },
  {
    name: 'pause and resume',
    holds: async (guest) => {
      const waits = guest.request(guest.exchange('pause'))
      await eventually(() => guest.stage.figure('held') === 1, 'it is held')
      guest.stage.advance(20)
      expect(await waits).toMatchObject({ verdict: 'continue', said: 'timer request 1 pause' })
    },
  },
  {
    name: 'calls, and their answers',
    holds: async (guest) => {
      guest.answer = { properties: [['word', 'yes']], body: Buffer.from('here'), status: 0 }
      expect(await guest.says('call')).toBe('answer request 1 call yes here')
      const message = { properties: [['q', '1']], body: Buffer.from('ask') }
      expect(guest.called).toEqual([{ cluster: 'other', timeoutMs: 50, message }])
      guest.answer = 'nobody is there'
      expect(await guest.says('call')).toBe('failed request 1 call nobody is there')
    },
  },
]

const phases: readonly Service[] = [
  {
    name: 'responses with their requests',
    holds: async (guest) => {
      const { said } = await guest.response(guest.exchange('hello'), { status: 20 })
      expect(said).toBe('hello 20')
    },
  },
  {
    name: 'frames of streams',
    holds: async (guest) => {
      const exchange = guest.exchange('stream')
      expect((await guest.streamData(exchange, { body: 'frame' })).body).toBe('frame!')
      expect((await guest.streamData(exchange, { properties: { do: 'drop' } })).verdict).toBe('drop')
    },
  },
  {
    name: 'how an exchange ended',
    holds: async (guest) => {
      const before = guest.lines.length
      const numbers = {
        durationMs: 12.5,
        upstreamMs: 7.25,
        requestBytes: 300,
        responseBytes: 20,
        attempts: 2,
      }
      const places = { cluster: 'other', endpoint: '10.0.0.2:80', errorText: 'too late' }
      const flags = ['late_reply', 'retried'] as const
      const exchange = guest.exchange('end')
      await guest.request(exchange)
      exchange.onEnd({ result: 'error', error: 'request_timeout', ...numbers, ...places, flags })
      await eventually(() => guest.lines.length > before, 'it says how it ended')
      expect(guest.lines.slice(before)).toEqual([
        'info end|yes|yes|too late|-1|12|7|300|20|2|other|10.0.0.2:80|yes|no|no|yes',
      ])
    },
  },
]

export const services: readonly Service[] = [...words, ...host, ...verdicts, ...phases]
