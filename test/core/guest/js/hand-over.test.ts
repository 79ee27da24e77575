/** A state of a plugin in JavaScript goes from one process to another. */
import { afterEach, expect, test } from 'vitest'
import { handOver, handOverAtOnce } from '../../../../core/config/hand-over.ts'
import { GuestFilter } from '../../../../core/guest/guest-filter.ts'
import { JsGuest } from './js-guest.ts'

const guests: JsGuest[] = []

afterEach(() => {
  for (const guest of guests.splice(0)) guest.stop()
})

async function counting(more = ''): Promise<JsGuest> {
  const guest = await JsGuest.create(`let n = 0
export function onRequest(metadata, mutation) { mutation.set('n', String(++n)) }
export function snapshot() { return bytesOf(String(n)) }
export function restore(state, version) {
  ${more}
  n = Number(textOf(state)) + (version === '1.0' ? 1000 : 0)
}`)
  guests.push(guest)
  return guest
}

function succession(from: JsGuest, to: JsGuest) {
  return { plugin: 'n', from: { filter: from.stage.filter, version: '1.0' }, to: to.stage.filter }
}

test('a version in JavaScript goes on where the one before it was', async () => {
  const [before, after] = [await counting(), await counting()]
  for (let i = 0; i < 3; i++) await before.ask()
  expect(after.stage.filter).toBeInstanceOf(GuestFilter)
  expect(await handOver(succession(before, after))).toBeUndefined()
  expect((await after.ask()).edits).toEqual([['set', 'n', '1004']])
})

test('a version in JavaScript may refuse, and fail', async () => {
  const before = await counting()
  const refusing = await counting('return "I do not know " + textOf(state) + " of " + version')
  expect(await handOver(succession(before, refusing))).toBe('I do not know 0 of 1.0')
  const failing = await counting('throw new Error("no luck")')
  expect(await handOver(succession(before, failing))).toContain('no luck')
})

test('who answers later is not asked again when the version goes live', async () => {
  const [before, after] = [await counting(), await counting()]
  await before.ask()
  expect(handOverAtOnce(succession(before, after))).toBeUndefined()
  expect((await after.ask()).edits).toEqual([['set', 'n', '1']])
})
