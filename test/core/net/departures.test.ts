/** Requests that came together leave together, when all of them have been looked at. */
import { describe, expect, it } from 'vitest'
import { Departures } from '../../../core/net/departures.ts'

const TOGETHER = 32

function departing(sent: number[], number: number, then?: () => void) {
  return {
    proceed: () => {
      sent.push(number)
      then?.()
    },
  }
}

describe('Departures', () => {
  it('sends what comes by itself at once, and what comes with others behind the last of them', () => {
    const departures = new Departures()
    const sent: number[] = []
    departures.add(departing(sent, 1))
    expect(sent).toEqual([1])
    departures.begin()
    departures.add(departing(sent, 2))
    departures.add(departing(sent, 3))
    expect(sent).toEqual([1])
    departures.end()
    expect(sent).toEqual([1, 2, 3])
    departures.add(departing(sent, 4))
    expect(sent).toEqual([1, 2, 3, 4])
  })

  it('says whether others are waited for', () => {
    const departures = new Departures()
    expect(departures.begun).toBe(false)
    departures.begin()
    expect(departures.begun).toBe(true)
    departures.end()
    expect(departures.begun).toBe(false)
  })

  it('sends so many together and no more', () => {
    const departures = new Departures()
    const sent: number[] = []
    departures.begin()
    for (let number = 1; number < TOGETHER; number++) departures.add(departing(sent, number))
    expect(sent).toEqual([])
    departures.add(departing(sent, TOGETHER))
    expect(sent).toHaveLength(TOGETHER)
    departures.add(departing(sent, TOGETHER + 1))
    expect(sent).toHaveLength(TOGETHER)
    departures.end()
    expect(sent).toEqual(Array.from({ length: TOGETHER + 1 }, (_, place) => place + 1))
  })

  it('sends once what comes while others are sent', () => {
    const departures = new Departures()
    const sent: number[] = []
    departures.begin()
    for (let number = 1; number <= TOGETHER; number++)
      departures.add(
        departing(sent, number, number === 5 ? () => departures.add(departing(sent, 100)) : undefined),
      )
    departures.end()
    expect(sent.toSorted((one, other) => one - other)).toEqual([
      ...Array.from({ length: TOGETHER }, (_, place) => place + 1),
      100,
    ])
  })
})
