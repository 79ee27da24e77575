/** The fuzzer itself: what it makes makes sense, and the same seed makes the same. */
import { expect, test } from 'vitest'
import { DubboCodec } from '../../../plugins/dubbo/codec.ts'
import { KnownTail } from '../../../plugins/dubbo/known-tail.ts'
import { DubboEditsTarget } from '../../fuzz/dubbo-edits.ts'
import { exercise } from '../../fuzz/exercise.ts'
import { Hessian2Values } from '../../fuzz/hessian2-values.ts'
import { Inputs } from '../../fuzz/inputs.ts'
import { JsonbValues } from '../../fuzz/jsonb-values.ts'
import { seededRandom } from '../../seeded-random.ts'
import { decodeOne, frame } from './wire.ts'

test.each([
  ['hessian2', Hessian2Values, 2],
  ['fastjson2', JsonbValues, 23],
] as const)('bodies made in %s are whole before they are damaged', (_name, Values, serialization) => {
  const random = seededRandom(1)
  const below = (limit: number) => Math.floor(random() * limit)
  for (let round = 0; round < 500; round++) {
    const request = decodeOne(frame(new Values(below).request(), { flag: 0xc0 | serialization }))
    expect(request.get('no such key')).toBeUndefined()
    expect(request.problem).toBeUndefined()
    const reply = decodeOne(frame(new Values(below).reply(), { flag: serialization, status: 20 }))
    expect(reply.get('no such key')).toBeUndefined()
    expect(reply.problem).toBeUndefined()
  }
})

test('the same seed makes the same inputs, and 500 of them hold every promise', () => {
  const one = new Inputs(7)
  const other = new Inputs(7)
  for (let round = 0; round < 500; round++) {
    const input = one.next()
    expect(other.next().equals(input)).toBe(true)
    expect(exercise(input)).toBeUndefined()
  }
})

test.each([1, 2, 3])('messages that come again are changed as if each were the first, seed %i', (seed) => {
  const target = new DubboEditsTarget(seed)
  for (let tape = 0; tape < 20; tape++) expect(target.exercise(target.next())).toBeUndefined()
})

test('among the changes that are tried are those whose outcome is known', () => {
  const codec = new DubboCodec()
  const target = new DubboEditsTarget(4)
  let known = 0
  const { plain } = codec.reader
  codec.reader.plain = function counted(message) {
    const map = plain.call(this, message)
    if (map?.tail instanceof KnownTail) known++
    return map
  }
  for (let tape = 0; tape < 12; tape++) target.exercise(target.next(), codec)
  expect(known).toBeGreaterThan(100)
})
