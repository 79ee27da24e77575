/** The short way through an answer of one edit, held against the long way that all answers may go. */
import { expect, test } from 'vitest'
import { defaultOpBudget } from '../../../core/guest/op-budget.ts'
import { OpCheck } from '../../../core/guest/op-check.ts'
import { OpList } from '../../../core/guest/op-list.ts'
import { OpReader } from '../../../core/guest/ops.ts'
import { SingleEdit } from '../../../core/guest/single-edit.ts'
import { abi } from '../../../sdk/abi/abi.ts'
import { Mutation } from '../../../sdk/index.ts'
import { seededRandom } from '../../seeded-random.ts'
import { opList, ops, rawOp } from './op-builder.ts'

const HANDLE = 7
const budget = { ...defaultOpBudget, valueBytesMax: 40 }

function taught(key: string): SingleEdit {
  const single = new SingleEdit(budget)
  single.learn(setting(key))
  return single
}

function setting(key: string): Mutation {
  const mutation = new Mutation()
  mutation.set(key, '')
  return mutation
}

function addressed(list: Buffer): OpList {
  const copy = Buffer.from(list)
  copy.writeUInt32LE(HANDLE, 4 + abi.opHeader.message)
  return new OpList(copy)
}

/** The edits of the long way; nothing when it refuses the list. */
function longWay(list: OpList): unknown {
  const mutation = new Mutation()
  const check = new OpCheck(budget, 0)
  if (check.check(list, abi.phase.request, { has: (handle) => handle === HANDLE }) !== undefined) return
  const ignored = () => undefined
  new OpReader().apply(list, {
    ...{ mutation: () => mutation, verdict: ignored, log: ignored, count: ignored, reads: ignored },
    ...{ readsAll: ignored, wants: ignored, phases: ignored, refuse: ignored, state: ignored },
  })
  return mutation.edits
}

test('a key that was set before is set again, and added, with any value', () => {
  for (const value of ['', 'web', 'a\0b', 'größe', '\u{1f600}', 'v'.repeat(40)]) {
    for (const op of ['set', 'add'] as const) {
      const list = addressed(opList(ops[op]('x-tag', value)))
      const mutation = new Mutation()
      expect(taught('x-tag').take(list, HANDLE, mutation)).toBe(true)
      expect(mutation.edits).toEqual([{ op, key: 'x-tag', value }])
    }
  }
})

test.each([
  ['another key', opList(ops.set('x-tag-2', 'web'))],
  ['a key as long', opList(ops.set('x-tac', 'web'))],
  ['a removal', opList(ops.remove('x-tag'))],
  ['a body', opList(ops.body(Buffer.from('x-tag')))],
  ['a verdict behind it', opList(ops.set('x-tag', 'web'), ops.drop())],
  ['a second edit', opList(ops.set('x-tag', 'web'), ops.set('x-tag', 'app'))],
  ['an argument', opList(rawOp(abi.op.set, 1, Buffer.from('\x05\0\0\0x-tagweb')))],
  ['a value beyond the budget', opList(ops.set('x-tag', 'v'.repeat(41)))],
  ['nothing', opList()],
])('%s is for the long way', (_name, list) => {
  const mutation = new Mutation()
  const given = list.length > 4 ? addressed(list) : new OpList(list)
  expect(taught('x-tag').take(given, HANDLE, mutation)).toBe(false)
  expect(mutation.empty).toBe(true)
})

test('an edit of another message is for the long way', () => {
  expect(taught('x-tag').take(addressed(opList(ops.set('x-tag', ''))), HANDLE + 1, new Mutation())).toBe(
    false,
  )
})

test('a key that a guest may not set is never learned', () => {
  for (const key of ['', 'größe', 'a\nb', 'k'.repeat(budget.keyBytesMax + 1)]) {
    const list = addressed(opList(ops.set(key, 'web')))
    expect(taught(key).take(list, HANDLE, new Mutation())).toBe(false)
  }
})

test('whatever a list is damaged to, what the short way takes the long way takes alike', () => {
  const random = seededRandom(3)
  const below = (limit: number) => Math.floor(random() * limit)
  let taken = 0
  for (let round = 0; round < 20_000; round++) {
    const list = addressed(opList(ops.set('x-tag', 'v'.repeat(below(6)))))
    const damages = below(3)
    for (let i = 0; i < damages; i++)
      list.bytes[below(list.bytes.length)] = below(3) === 0 ? below(256) : below(8)
    list.end -= below(8) === 0 ? below(4) : 0
    const mutation = new Mutation()
    if (!taught('x-tag').take(list, HANDLE, mutation)) continue
    taken++
    expect(mutation.edits, list.bytes.toString('hex')).toEqual(longWay(list))
  }
  expect(taken).toBeGreaterThan(1_000)
})

test('whatever came before, an answer is taken for what it says', () => {
  const random = seededRandom(4)
  const below = (limit: number) => Math.floor(random() * limit)
  const single = taught('x-tag')
  let taken = 0
  for (let round = 0; round < 20_000; round++) {
    // Mostly the same, so that it comes again.
    const value = 'web'.repeat(1 + (below(4) === 0 ? below(3) : 0))
    const list = addressed(opList((below(6) === 0 ? ops.add : ops.set)('x-tag', value)))
    if (below(4) === 0) list.bytes[below(list.bytes.length)] = below(8)
    const mutation = new Mutation()
    if (single.take(list, HANDLE, mutation)) taken++
    else single.learn(setting('x-tag'))
    if (!mutation.empty) expect(mutation.edits, list.bytes.toString('hex')).toEqual(longWay(list))
  }
  expect(taken).toBeGreaterThan(10_000)
})

test('an answer that is remembered is about its own message only', () => {
  const single = taught('x-tag')
  const list = addressed(opList(ops.set('x-tag', 'web')))
  for (let i = 0; i < 3; i++) expect(single.take(list, HANDLE, new Mutation())).toBe(true)
  expect(single.take(list, HANDLE + 1, new Mutation())).toBe(false)
})
