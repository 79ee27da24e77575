/** Offer: one function that guests may import, with the grant that it takes. */
import type { Grant } from '../grant.ts'
import type { HostCall } from './host-call.ts'
import type { ValueType } from './meter/facts.ts'

type HostFunction = (...values: never[]) => number | bigint | undefined

export interface Offer {
  readonly module: string
  readonly name: string
  readonly params: readonly ValueType[]
  readonly results: readonly ValueType[]
  /** `undefined` when everybody may. */
  readonly grant: Grant | undefined
  create(call: HostCall): HostFunction
}
