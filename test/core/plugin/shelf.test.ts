import { describe, expect, it } from 'vitest'
import { Shelf } from '../../../core/plugin/shelf.ts'

describe('Shelf', () => {
  it('makes a thing once and ends it with its last use', () => {
    const ended: object[] = []
    const shelf = new Shelf<object>((thing) => ended.push(thing))
    const first = shelf.take('a', () => ({}))
    const second = shelf.take('a', () => ({}))
    expect(second.thing).toBe(first.thing)
    expect(shelf.take('b', () => ({})).thing).not.toBe(first.thing)
    first.release()
    first.release()
    expect(ended).toEqual([])
    second.release()
    expect(ended).toEqual([first.thing])
    expect(shelf.size).toBe(1)
    expect(shelf.take('a', () => ({})).thing).not.toBe(first.thing)
  })

  it('keeps nothing that could not be made', () => {
    const shelf = new Shelf<object>(() => undefined)
    expect(() =>
      shelf.take('a', () => {
        throw new Error('no')
      }),
    ).toThrow('no')
    expect(shelf.size).toBe(0)
  })
})
