import { describe, expect, test } from 'vitest'
import { CorrelationById, CorrelationInOrder } from '../../../core/upstream/correlation.ts'
import type { Message } from '../../../sdk/index.ts'
import { seededRandom } from '../../seeded-random.ts'
import { decodeLine, WaitingRequest } from '../../support/waiting-request.ts'

function reply(id: number | bigint): Message {
  return decodeLine(`ids ok ${id}\n`)
}

describe('CorrelationById', () => {
  test('gives a reply to the request with its id, once', () => {
    const waiting = new CorrelationById(64)
    const [one, two] = [new WaitingRequest(), new WaitingRequest()]
    const [first, second] = [waiting.add(one), waiting.add(two)]
    expect(waiting.match(reply(second))).toBe(two)
    expect(waiting.match(reply(second))).toBeUndefined()
    expect(waiting.match(reply(first))).toBe(one)
    expect(waiting.size).toBe(0)
  })

  test('answers no reply whose id has the same low bits, or the same low half', () => {
    const waiting = new CorrelationById(64)
    const id = waiting.add(new WaitingRequest())
    expect(waiting.match(reply(id + 256))).toBeUndefined()
    expect(waiting.match(reply(BigInt(id) + (1n << 32n)))).toBeUndefined()
    expect(waiting.match(reply(2n ** 64n - 1n))).toBeUndefined()
    expect(waiting.size).toBe(1)
  })

  test('forgets a request that is removed, so that its late reply finds nobody', () => {
    const waiting = new CorrelationById(64)
    const request = new WaitingRequest()
    const id = waiting.add(request)
    waiting.remove(request)
    waiting.remove(request)
    expect(waiting.size).toBe(0)
    expect(waiting.match(reply(id))).toBeUndefined()
  })

  test('never gives the same id twice in over a million requests, and keeps those that wait', () => {
    const waiting = new CorrelationById(64)
    const held = new Map<number, WaitingRequest>()
    const [request, patient] = [new WaitingRequest(), decodeLine('ids ok 1\n')]
    let last = 0
    for (let count = 0; count < 1_100_000; count++) {
      const slow = count % 50_000 === 0
      const waiter = slow ? new WaitingRequest() : request
      const id = waiting.add(waiter)
      if (id <= last) fail(`${id} after ${last}`)
      last = id
      if (slow) {
        held.set(id, waiter)
        continue
      }
      patient.idLow = id
      if (waiting.match(patient) !== request) fail(`request ${id} was not there`)
    }
    for (const [id, waiter] of held) expect(waiting.match(reply(id))).toBe(waiter)
    expect(waiting.size).toBe(0)
  })

  test('grows its slots while thousands wait, in any order of replies', () => {
    const waiting = new CorrelationById(64)
    const requests = Array.from({ length: 5_000 }, () => new WaitingRequest())
    const ids = requests.map((request) => waiting.add(request))
    expect(new Set(ids).size).toBe(5_000)
    const random = seededRandom(11)
    const order = ids
      .map((id, index) => ({ id, index, key: random() }))
      .sort((one, other) => one.key - other.key)
    for (const { id, index } of order) expect(waiting.match(reply(id))).toBe(requests[index])
    expect(waiting.size).toBe(0)
  })

  test('says when no id of a narrow protocol is free, and goes on when one is', () => {
    const waiting = new CorrelationById(4)
    const requests = Array.from({ length: 16 }, () => new WaitingRequest())
    const ids = requests.map((request) => waiting.add(request))
    expect(new Set(ids)).toEqual(new Set(Array.from({ length: 16 }, (_, id) => id)))
    expect(waiting.add(new WaitingRequest())).toBe(-1)
    expect(waiting.match(reply(9))).toBe(requests[ids.indexOf(9)])
    const next = new WaitingRequest()
    expect(waiting.add(next)).toBe(9)
    expect(waiting.match(reply(9))).toBe(next)
  })

  test('gives a one-way an id for which nobody waits', () => {
    const waiting = new CorrelationById(4)
    const requests = Array.from({ length: 15 }, () => new WaitingRequest())
    const ids = requests.map((request) => waiting.add(request))
    expect(ids).not.toContain(waiting.add(new WaitingRequest('oneway 1')))
    expect(waiting.size).toBe(15)
  })

  test('hands over everything that waits and is empty afterwards', () => {
    const waiting = new CorrelationById(64)
    const requests = [new WaitingRequest(), new WaitingRequest()]
    const ids = requests.map((request) => waiting.add(request))
    expect(waiting.takeAll()).toEqual(requests)
    expect(waiting.size).toBe(0)
    expect(waiting.match(reply(ids[0] ?? 0))).toBeUndefined()
  })
})

describe('CorrelationById where ids are few', () => {
  test('gives an id again only when the late reply to it has come', () => {
    const waiting = new CorrelationById(4)
    const ids = Array.from({ length: 16 }, () => waiting.add(new WaitingRequest()))
    const late = new WaitingRequest()
    waiting.match(reply(3))
    expect(waiting.add(late)).toBe(3)
    waiting.remove(late)
    expect([waiting.abandoned, waiting.full, ids.length]).toEqual([1, true, 16])
    expect(waiting.add(new WaitingRequest())).toBe(-1)
    expect(waiting.match(reply(3))).toBeUndefined()
    expect(waiting.full).toBe(false)
    expect(waiting.add(new WaitingRequest())).toBe(3)
  })

  test('gives the id of a request that never left at once', () => {
    const waiting = new CorrelationById(4)
    const request = new WaitingRequest()
    waiting.add(request)
    waiting.remove(request, false)
    expect(waiting.abandoned).toBe(0)
  })

  test.each([8, 16, 24])('stays within %i bits and skips those that wait', (bits) => {
    const waiting = new CorrelationById(bits)
    const patient = new WaitingRequest()
    const kept = waiting.add(patient)
    const answer = decodeLine('ids ok 1\n')
    const other = new WaitingRequest()
    for (let count = 0; count < 70_000; count++) {
      const id = waiting.add(other)
      if (id === kept || id >= 2 ** bits) throw new Error(`id ${id}`)
      answer.idLow = id
      waiting.match(answer)
    }
    expect(waiting.match(reply(kept))).toBe(patient)
  })

  test('reads a text of decimal digits, with zeros in front or without', () => {
    const waiting = new CorrelationById(31)
    const [one, two] = [new WaitingRequest(), new WaitingRequest()]
    const ids = [waiting.add(one), waiting.add(two)]
    const texts = (text: string): Message => Object.assign(decodeLine('ids ok 0\n'), { idText: text })
    for (const text of ['', 'x', '1x', ' 1', '-1', '9'.repeat(40), '4294967297']) {
      expect(waiting.match(texts(text))).toBeUndefined()
    }
    expect(waiting.match(texts(String(ids[1])))).toBe(two)
    expect(waiting.match(texts(`000${ids[0]}`))).toBe(one)
  })
})

describe('CorrelationInOrder', () => {
  const any = decodeLine('ids ok 0\n')

  test('gives replies to requests in their order, and passes over one-ways', () => {
    const waiting = new CorrelationInOrder()
    const [one, two] = [new WaitingRequest(), new WaitingRequest()]
    waiting.add(one)
    waiting.add(new WaitingRequest('oneway 1'))
    waiting.add(two)
    expect(waiting.match(any)).toBe(one)
    expect(waiting.match(any)).toBe(two)
    expect(waiting.inStep).toBe(true)
  })

  test('keeps the place of a request that was given up, so that its reply reaches nobody else', () => {
    const waiting = new CorrelationInOrder()
    const [one, two] = [new WaitingRequest(), new WaitingRequest()]
    waiting.add(one)
    waiting.add(two)
    waiting.remove(one)
    expect([waiting.size, waiting.abandoned]).toEqual([1, 1])
    expect(waiting.match(any)).toBeUndefined()
    expect(waiting.match(any)).toBe(two)
    expect([waiting.size, waiting.abandoned, waiting.inStep]).toEqual([0, 0, true])
  })

  test('is out of step after a reply that nothing asked for', () => {
    const waiting = new CorrelationInOrder()
    expect(waiting.match(any)).toBeUndefined()
    expect(waiting.inStep).toBe(false)
  })

  test('holds no more than what waits after a hundred thousand requests', () => {
    const waiting = new CorrelationInOrder()
    const requests = [new WaitingRequest(), new WaitingRequest(), new WaitingRequest()]
    const next = (count: number): WaitingRequest => requests[count % 3] ?? fail('no request')
    waiting.add(next(0))
    for (let count = 0; count < 100_000; count++) {
      waiting.add(next(count + 1))
      if (waiting.match(any) !== next(count)) fail(`reply ${count} went astray`)
    }
    expect(waiting.takeAll()).toEqual([next(100_000)])
  })
})

function fail(text: string): never {
  throw new Error(text)
}
