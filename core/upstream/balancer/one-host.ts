/** The balancer of a cluster with one host, or with none: nothing to balance. */
import { type Balancer, type HashSource, type Host, usable } from './host.ts'

export class OneHost<H extends Host> implements Balancer<H> {
  readonly #host: H | undefined

  constructor(host: H | undefined) {
    this.#host = host
  }

  pick(_source: HashSource | undefined, tried: H | undefined): H | undefined {
    const host = this.#host
    return host !== undefined && usable(host, tried) ? host : undefined
  }
}
