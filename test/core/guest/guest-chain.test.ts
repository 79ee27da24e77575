/** Chains of guests that share what is written for them, in any order: nobody is ever shown what does not hold. */
import { expect, test } from 'vitest'
import { GuestChainTarget } from '../../fuzz/guest-chain.ts'

const WORLDS = 12

test.each([1, 2, 3])(
  'what guests are shown and what leaves is what nobody has seen before, seed %i',
  (seed) => {
    const target = new GuestChainTarget(seed)
    for (let world = 0; world < WORLDS; world++) expect(target.exercise(target.next())).toBeUndefined()
  },
)
