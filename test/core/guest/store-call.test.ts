import { describe, expect, it } from 'vitest'
import { KeyValues } from '../../../core/base/shared/key-values.ts'
import { answerStoreCall, storeCall, storeStatus, writeStoreCall } from '../../../core/guest/store-call.ts'

const key = Buffer.from('key')
const text = (value: string) => Buffer.from(value)

function stage() {
  const store = KeyValues.alone().part('plugin', { bytesMax: 1_000, entriesMax: 2 })
  return (request: Parameters<typeof writeStoreCall>[0]) => {
    const answer = answerStoreCall(store, writeStoreCall(request))
    return { status: answer.readUInt8(), rest: answer.subarray(1) }
  }
}

describe('answerStoreCall()', () => {
  it('does what was asked of the store', () => {
    const ask = stage()
    const { no, yes, full } = storeStatus
    expect(ask({ code: storeCall.get, key }).status).toBe(no)
    expect(ask({ code: storeCall.set, key, value: text('v') }).status).toBe(yes)
    expect(String(ask({ code: storeCall.get, key }).rest)).toBe('v')
    expect(ask({ code: storeCall.set, key, value: Buffer.alloc(2_000) }).status).toBe(full)
    expect(ask({ code: storeCall.exchange, key, expected: text('x'), value: text('w') }).status).toBe(no)
    expect(ask({ code: storeCall.exchange, key, expected: text('v'), value: text('7') }).status).toBe(yes)
    expect(ask({ code: storeCall.add, key, by: -2.5 }).rest.readDoubleLE()).toBe(4.5)
    expect(ask({ code: storeCall.delete, key }).status).toBe(yes)
    expect(ask({ code: storeCall.delete, key }).status).toBe(no)
    expect(ask({ code: storeCall.exchange, key, value: text('new') }).status).toBe(yes)
    expect(ask({ code: storeCall.add, key }).status).toBe(no)
  })

  it('answers every cut and every wrong request', () => {
    const store = KeyValues.alone().part('plugin', { bytesMax: 1_000, entriesMax: 2 })
    const whole = writeStoreCall({ code: storeCall.get, key })
    for (let size = 0; size < whole.length; size++)
      expect(answerStoreCall(store, whole.subarray(0, size))).toEqual(Buffer.of(storeStatus.failed))
    for (const at of [16, 20]) {
      const lying = Buffer.from(whole)
      lying.writeUInt32LE(0xffff_ffff, at)
      expect(answerStoreCall(store, lying)).toEqual(Buffer.of(storeStatus.failed))
    }
    expect(answerStoreCall(store, writeStoreCall({ code: 9, key }))).toEqual(Buffer.of(storeStatus.failed))
    expect(answerStoreCall(undefined, whole)).toEqual(Buffer.of(storeStatus.failed))
    const long = writeStoreCall({ code: storeCall.set, key, value: Buffer.alloc(65_537) })
    expect(answerStoreCall(store, long)).toEqual(Buffer.of(storeStatus.failed))
  })
})
