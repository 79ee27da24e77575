/**
 * Greets: what the codecs of all kits do with greetings, connections of clients' own and leave-taking. Each language has
 * the same codec, `greeting`.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import type { GuestModule } from '../../core/guest/guest-instance.ts'
import { ByteWriter, type Codec, type Message } from '../../sdk/index.ts'
import { Collected } from '../support/collected.ts'
import { guestCodec } from '../support/guest-codec.ts'
import { prefaceOf } from '../support/preface-of.ts'

export function greets(language: string, compile: () => Promise<GuestModule>): void {
  describe(`a codec with a greeting in ${language}`, () => {
    let codec: Codec
    beforeAll(async () => {
      codec = (await guestCodec(await compile())).codec
    })

    it('says what each side begins with', () => {
      expect([prefaceOf(codec, 'request'), prefaceOf(codec, 'response')]).toEqual(['READY 1\n', 'HELLO 1\n'])
    })

    it('passes the greeting over once, however it is cut', () => {
      const text = 'HELLO 1\none\ntwo\n'
      for (let cut = 0; cut <= text.length; cut++) {
        const got = new Collected(codec).give(text.slice(0, cut)).give(text.slice(cut))
        expect(got.messages.map(({ operation }) => operation)).toEqual(['one', 'two'])
      }
      const slow = new Collected(codec)
      for (const letter of text) slow.give(letter)
      expect(slow.messages).toHaveLength(2)
    })

    it('asks every connection for it, in either direction', () => {
      expect(new Collected(codec).give('one\n').lines[0]).toMatch(/^malformed magic/)
      expect(new Collected(codec, 'response').give('HELLO 1\n').lines[0]).toMatch(/^malformed magic/)
      expect(new Collected(codec, 'response').give('READY 1\none\n').lines).toEqual(['response 0 one'])
    })

    it('says which messages need a connection of their own, and how long they wait', () => {
      const told = ['listen', 'leave', 'other'].map((text) => {
        const { affinity, waitMs } = first(codec, `${text}\n`)
        return [affinity, waitMs]
      })
      expect(told).toEqual([
        ['own', Number.POSITIVE_INFINITY],
        ['release', 0],
        ['shared', 0],
      ])
    })

    it('hands on what nobody asked for', () => {
      const sorter = codec.createReplySorter?.()
      const [message] = new Collected(codec, 'response').give('READY 1\nnews\n').messages
      if (message === undefined || sorter === undefined) throw new Error('there is none')
      expect(sorter.unasked(message, undefined, false)).toBe(true)
      expect(sorter.unasked(message, undefined, true)).toBe(false)
      expect(sorter.unasked(message, message, false)).toBe(false)
    })

    it('answers a caller that takes its leave', () => {
      const out = new ByteWriter()
      codec.encodeDrainReply?.(first(codec, 'bye\n'), out)
      expect(out.toBuffer().toString()).toBe('farewell\n')
    })
  })
}

function first(codec: Codec, text: string): Message {
  const [message] = new Collected(codec).give(`HELLO 1\n${text}`).messages
  if (message === undefined) throw new Error('there is no message')
  return message
}
