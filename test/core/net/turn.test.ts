import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { Turn } from '../../../core/net/turn.ts'

describe('Turn', () => {
  test('flushes what was added once the turn is over, in order', async () => {
    const turn = new Turn()
    const flushed: string[] = []
    for (const name of ['one', 'two']) turn.add({ flush: () => flushed.push(name) })
    expect(flushed).toEqual([])
    await nextTurn()
    expect(flushed).toEqual(['one', 'two'])
  })

  test('flushes what is added by a flush in the next turn', async () => {
    const turn = new Turn()
    const flushed: string[] = []
    turn.add({
      flush: () => {
        flushed.push('one')
        turn.add({ flush: () => flushed.push('two') })
      },
    })
    await nextTurn()
    expect(flushed).toEqual(['one'])
    await nextTurn()
    expect(flushed).toEqual(['one', 'two'])
  })

  test('lends a buffer again that came back, unless it has grown large', () => {
    const turn = new Turn()
    const buffer = turn.borrow()
    turn.giveBack(buffer)
    expect(turn.borrow()).toBe(buffer)
    const large = Buffer.alloc(16_777_216)
    turn.giveBack(large)
    expect(turn.borrow()).not.toBe(large)
  })
})
