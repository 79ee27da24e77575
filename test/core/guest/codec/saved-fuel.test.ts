import { expect, test } from 'vitest'
import type { GuestModule } from '../../../../core/guest/guest-instance.ts'
import { Trap } from '../../../../core/guest/trap.ts'
import { abi } from '../../../../sdk/abi/abi.ts'
import { Collected } from '../../../support/collected.ts'
import { guestCodec } from '../../../support/guest-codec.ts'
import { declarationOp, frameOp, opList, scriptedModule } from '../../../support/scripted-codec.ts'

const BYTES = Buffer.from('frame')

/** A codec of which every call takes what the list says, and is told how much it may take; it notes that. */
function spending(uses: readonly number[], given: number[]): GuestModule {
  const frame = opList([frameOp({ size: BYTES.length })])
  const scripted = scriptedModule(
    (phase) => (phase === abi.codec.phase.decode ? frame : undefined),
    [declarationOp()],
  )
  return {
    ...scripted,
    instantiate: (host) => {
      const instance = scripted.instantiate(host)
      if (instance instanceof Trap) return instance
      let calls = 0
      return {
        // What it took is known when it is called again.
        get fuelUsed() {
          return uses[calls - 2] ?? 0
        },
        memoryBytes: 0,
        close: () => instance.close(),
        call: (phase, bytes, size, fuel) => {
          if (phase === abi.phase.configure) return instance.call(phase, bytes, size, fuel)
          calls++
          given.push(fuel ?? 0)
          return (uses[calls - 1] ?? 0) > (fuel ?? 0)
            ? new Trap('fuel', 'it is spent')
            : instance.call(phase, bytes, size, fuel)
        },
      }
    },
  }
}

async function run(uses: readonly number[], fuelSavedMax: number): Promise<readonly number[]> {
  const given: number[] = []
  const { codec } = await guestCodec(
    spending(uses, given),
    {},
    { fuelPerCall: 100, fuelPerByte: 0, fuelSavedMax },
  )
  for (const _ of uses) new Collected(codec).give(BYTES)
  return given
}

test('what calls leave over is there for one that takes more, up to a bound', async () => {
  expect(await run([60, 60, 60, 60, 60, 60], 70)).toEqual([100, 100, 140, 170, 170, 170])
})

test('what was taken beyond one call is not there again', async () => {
  const given = await run([0, 0, 0, 0, 300, 100, 100, 100], 200)
  expect(given.slice(0, 5)).toEqual([100, 100, 200, 300, 300])
  expect(given.at(-1)).toBe(100)
})

test('nothing is saved where nothing is said about it', async () => {
  expect(await run([0, 0, 0, 0], 0)).toEqual([100, 100, 100, 100])
})
