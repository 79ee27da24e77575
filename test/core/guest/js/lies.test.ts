/**
 * What a plugin's process says when it is no longer the program that weir started: whatever that is, it is ended, what
 * waits for it fails, and the worker goes on.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { KeyValues } from '../../../../core/base/shared/key-values.ts'
import { childFrame } from '../../../../core/guest/js/child/child-frame.ts'
import { failedLogs } from '../../../../core/guest/js/failed-logs.ts'
import { defaultJsLimits, type JsLimits } from '../../../../core/guest/js/js-limits.ts'
import { storeCall, writeStoreCall } from '../../../../core/guest/store-call.ts'
import { seededRandom } from '../../../seeded-random.ts'
import { eventually } from '../../../support/eventually.ts'
import { opList, ops, u32 } from '../op-builder.ts'
import { frame, LyingProcess } from './lying-process.ts'

const LIE = 'it said what it may not say'
const nothing = u32(4)
const running: LyingProcess[] = []

function process(limits: Partial<JsLimits> = {}): LyingProcess {
  const started = new LyingProcess(limits)
  running.push(started)
  return started
}

afterEach(() => {
  for (const each of running.splice(0)) each.stop()
})

const text = (bytes: Buffer) => Buffer.concat([u32(bytes.length), bytes])
const answered = frame(childFrame.answers, 1, 0, nothing)
const figures = frame(childFrame.figures, 1, 1)
const asking = frame(childFrame.ask, 0, 0, writeStoreCall({ code: storeCall.get, key: Buffer.from('k') }))

describe('a process that lies', () => {
  it.each([
    ['says that it has answered nothing', [frame(childFrame.answers, 0)]],
    ['answers more than it was asked', [answered, answered]],
    ['claims more answers than there are', [frame(childFrame.answers, 1_000_000, 0, nothing)]],
    ['answers with a list that has no size', [frame(childFrame.answers, 1, 0, u32(0))]],
    ['answers with a list that is not all there', [frame(childFrame.answers, 1, 0, u32(8))]],
    ['is ready twice', [frame(childFrame.ready), frame(childFrame.ready)]],
    ['tells its figures without end', Array.from({ length: 65 }, () => figures)],
    ['asks the store twice at once', [asking, asking]],
    ['goes on without what it has asked the store', [asking, answered]],
    [
      'tells why a call failed at greater length than it may',
      [frame(childFrame.trap, 0, 0, text(Buffer.alloc(8_192)))],
    ],
    ['tells why a call failed and does not', [frame(childFrame.trap)]],
    ['says that the text of a failure goes on behind it', [frame(childFrame.trap, 0, 0, u32(9))]],
    ['tells a manifest in the place of an answer', [frame(childFrame.manifest)]],
    ['says what nobody knows', [frame(0x7fff_ffff)]],
    ['says a frame that is smaller than its beginning', [Buffer.alloc(16)]],
    ['says a frame larger than there are', [Buffer.concat([u32(0xffff_ffff), Buffer.alloc(12)])]],
  ])('%s: is ended, and nobody waits for it', async (_what, said) => {
    const lying = process()
    lying.ask()
    lying.say(...said)
    await eventually(() => lying.ended !== undefined, 'it is ended')
    expect(lying.ended).toBe(LIE)
    expect(lying.answers).not.toContain('waits')
  })

  it('is not heard any more, whatever else it has to say', async () => {
    const lying = process()
    lying.ask()
    lying.say(frame(childFrame.answers, 0))
    lying.say(answered)
    await eventually(() => lying.ended !== undefined, 'it is ended')
    expect(lying.answers).toEqual(['exited'])
  })

  it('is not taken for alive because it tells its figures', async () => {
    const lying = process({ graceMs: 5 })
    lying.say(frame(childFrame.ready))
    lying.ask()
    const telling = setInterval(() => lying.say(figures), 20)
    await eventually(() => lying.ended !== undefined, 'it is ended')
    clearInterval(telling)
    expect(lying.ended).toMatch(/^it did not answer/)
  })

  it('has no more kept for it than it may when it asks the store and never reads', async () => {
    const store = KeyValues.alone().part('lies', { bytesMax: 1 << 20, entriesMax: 9 })
    store?.set(Buffer.from('k'), Buffer.alloc(65_536), 0)
    const lying = process({ pendingBytesMax: 300_000 })
    lying.ask(store)
    for (let question = 0; question < 20 && !lying.over; question++) {
      lying.say(asking)
      await new Promise(setImmediate)
    }
    await eventually(() => lying.ended !== undefined, 'it is ended')
    expect(lying.ended).toBe(LIE)
  })

  it('has a manifest that is too large refused', async () => {
    const lying = process()
    const manifest = lying.child.manifest()
    lying.say(frame(childFrame.manifest, 0, 0, Buffer.alloc(65_537, ' ')))
    expect(await manifest).toMatchObject({ kind: 'budget', text: 'its manifest has more than 65536 bytes' })
  })

  it('has a few of the lines told that a call said before it failed, and none at any length', () => {
    const told: string[] = []
    const lines = Array.from({ length: 1_000 }, () => ops.log('x'.repeat(5_000)))
    failedLogs(opList(...lines), (_level, line) => void told.push(line))
    expect(told.map((line) => line.length)).toEqual(Array(33).fill(4_096))
  })

  it('has every call end, whatever it says', async () => {
    const random = seededRandom(7)
    const below = (count: number) => Math.floor(random() * count)
    const kinds = Object.values(childFrame).filter((kind) => kind >= childFrame.answers)
    const anything = (): Buffer => {
      const size = below(64)
      const bytes = Buffer.from(Array.from({ length: size }, () => (below(3) === 0 ? below(256) : 0)))
      if (size >= 4 && below(2) === 0) bytes.writeUInt32LE(4 + below(size), 0)
      const said = frame(kinds[below(kinds.length)] ?? 0, below(3), below(9), bytes)
      if (below(8) === 0) said[below(said.length)] = below(256)
      return said
    }
    for (let round = 0; round < 20; round++) {
      const lying = process(defaultJsLimits)
      for (let call = 0; call < 8; call++) lying.ask()
      for (let says = 0; says < 200 && !lying.over; says++) {
        const said = anything()
        const cut = below(said.length)
        lying.say(said.subarray(0, cut))
        lying.say(said.subarray(cut))
        await new Promise(setImmediate)
      }
      expect(lying.over).toBe(true)
      await eventually(() => !lying.answers.includes('waits'), 'all calls have ended')
    }
  })
})
