/** What a message tells whoever reads all of it, beside what the conformance suite asks of every codec's. */
import { expect, test } from 'vitest'
import { Message, Mutation, type PropertyReader } from '../../sdk/index.ts'

const wire = new Map([
  ['a', '1'],
  ['b', '2'],
  ['c', '3'],
])

class CountingReader implements PropertyReader {
  readonly protocol = 'test'
  readonly asked: string[] = []

  get(_message: Message, key: string): string | undefined {
    this.asked.push(key)
    return wire.get(key)
  }

  keys(): readonly string[] {
    return [...wire.keys()]
  }

  operation(): string {
    return ''
  }

  body(): Buffer {
    return Buffer.alloc(0)
  }
}

function changed(change: (mutation: Mutation) => void) {
  const reader = new CountingReader()
  const message = new Message('request', reader, Buffer.alloc(0), 0, 0, 0)
  message.mutation = new Mutation()
  change(message.mutation)
  return { message, reader }
}

test('keys are those on the wire with what filters set and without what they removed, in that order', () => {
  const { message } = changed((mutation) => {
    mutation.remove('d')
    mutation.remove('b')
    mutation.set('e', '5')
    mutation.set('d', '4')
    mutation.set('f', '6')
    mutation.remove('f')
  })
  expect(message.keys()).toEqual(['a', 'c', 'e', 'd'])
})

test('of a changed message only the keys that were changed are looked at anew', () => {
  const { message, reader } = changed((mutation) => mutation.set('b', '20'))
  expect(message.keys()).toEqual(['a', 'b', 'c'])
  expect(reader.asked).toEqual(['b'])
})
