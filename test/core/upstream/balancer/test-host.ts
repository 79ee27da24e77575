/** Hosts that a test sets as it likes. */
import type { Host } from '../../../../core/upstream/balancer/balancer.ts'

export class TestHost implements Host {
  readonly address: string
  readonly weight: number
  readonly priority: number
  available = true
  active = 0

  constructor(address: string, weight = 1, priority = 0) {
    this.address = address
    this.weight = weight
    this.priority = priority
  }
}

/** One host for each weight, at addresses of their own. */
export function hostsOf(weights: readonly number[]): TestHost[] {
  return weights.map((weight, i) => new TestHost(`10.0.${i >> 8}.${i & 255}:20880`, weight))
}
