/**
 * HttpCalls: the calls of plugins to a cluster that speaks HTTP/1.1: each goes to an endpoint that the cluster's balancer
 * picks, over connections that are kept, and to another one while nothing of it has been sent. Everything is bounded.
 */
import type { Agent as HttpAgent } from 'node:http'
import type { Deadline } from '../base/timing-wheel.ts'
import type { Runtime } from '../net/runtime.ts'
import type { Endpoint } from './endpoint.ts'
import { type CallEnd, type CallReply, type CallRequest, HttpCall } from './http-call.ts'
import { Agent } from './http-client.ts'
import type { ClusterOptions } from './options.ts'

/** An answer goes into a plugin's memory. */
const REPLY_BYTES_MAX = 1_048_576

/** What the calls need of their cluster. */
export interface CallCluster {
  readonly name: string
  readonly options: ClusterOptions
  readonly runtime: Runtime
  /** An endpoint that may be tried now, other than the one tried just before. */
  pick(tried: Endpoint | undefined): Endpoint | undefined
  /** Takes a place among the cluster's requests; false when there is none. */
  admit(): boolean
  leave(): void
}

/** A string says why there is no reply. */
export type CallAnswer = CallReply | string

export class HttpCalls {
  readonly #cluster: CallCluster
  readonly #agent: HttpAgent
  #active = 0
  #closing = false

  constructor(cluster: CallCluster) {
    const { options } = cluster
    this.#cluster = cluster
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: options['connections-max'],
      maxFreeSockets: options['connections-max'],
      // What waits for an answer has a deadline of its own.
      timeout: options['idle-timeout'],
    })
  }

  get active(): number {
    return this.#active
  }

  /** `answered` is called once, perhaps before this returns. */
  call(request: CallRequest, timeoutMs: number, answered: (answer: CallAnswer) => void): void {
    if (!this.#cluster.admit()) {
      answered(`too many requests in flight to cluster ${this.#cluster.name}`)
      return
    }
    this.#active++
    new Attempts(this.#cluster, this.#agent, request, {
      timeoutMs,
      answered: (answer) => {
        this.#active--
        this.#cluster.leave()
        this.#rest()
        answered(answer)
      },
    })
  }

  /** Connections close when nothing waits on them. */
  close(): void {
    this.#closing = true
    this.#rest()
  }

  #rest(): void {
    if (this.#closing && this.#active === 0) this.#agent.destroy()
  }
}

interface Wanted {
  readonly timeoutMs: number
  answered(answer: CallAnswer): void
}

/** One call of a plugin, over as many endpoints as it takes. */
class Attempts implements Deadline {
  wheelNext: Deadline | undefined = undefined
  wheelPrevious: Deadline | undefined = undefined
  readonly #cluster: CallCluster
  readonly #agent: HttpAgent
  readonly #request: CallRequest
  readonly #wanted: Wanted
  #endpoint: Endpoint | undefined = undefined
  #call: HttpCall | undefined = undefined
  #tries = 0
  #answered = false

  constructor(cluster: CallCluster, agent: HttpAgent, request: CallRequest, wanted: Wanted) {
    this.#cluster = cluster
    this.#agent = agent
    this.#request = request
    this.#wanted = wanted
    cluster.runtime.wheel.arm(this, wanted.timeoutMs)
    this.#try(undefined, '')
  }

  onDeadline(): void {
    const text = `no answer from ${this.#endpoint?.address ?? this.#cluster.name} within ${this.#wanted.timeoutMs} ms`
    const connecting = this.#call?.connecting === true
    this.#call?.cancel()
    this.#left(true)
    if (connecting) this.#endpoint?.onDialFailed('it does not answer', [])
    this.#answer(text)
  }

  #try(tried: Endpoint | undefined, why: string): void {
    const { name, options } = this.#cluster
    const endpoint = this.#cluster.pick(tried)
    if (endpoint === undefined) {
      this.#answer(why === '' ? `no endpoint of cluster ${name} is available` : why)
      return
    }
    if (endpoint.active >= options['connections-max'] + options['pending-max']) {
      this.#answer(`too many requests wait for a connection to ${endpoint.address}`)
      return
    }
    this.#tries++
    this.#endpoint = endpoint
    endpoint.callBegan()
    const limits = { agent: this.#agent, bodyBytesMax: Math.min(options['body-size-max'], REPLY_BYTES_MAX) }
    this.#call = new HttpCall(endpoint.target, this.#request, limits, (end) => this.#ended(endpoint, end))
  }

  #ended(endpoint: Endpoint, end: CallEnd): void {
    this.#cluster.runtime.clock.refresh()
    this.#left(end.kind !== 'reply' && end.kind !== 'refused')
    if (end.kind === 'reply') {
      endpoint.onAlive()
      this.#answer(end.reply)
      return
    }
    const text = `${endpoint.address}: ${end.text}`
    if (end.kind === 'unsent') endpoint.onDialFailed(end.text, [])
    const again = end.kind === 'unsent' || end.kind === 'stale'
    if (again && this.#tries < this.#cluster.options['connect-attempts'])
      this.#try(end.kind === 'unsent' ? endpoint : undefined, text)
    else this.#answer(text)
  }

  #left(failed: boolean): void {
    this.#endpoint?.callEnded(failed)
  }

  #answer(answer: CallAnswer): void {
    if (this.#answered) return
    this.#answered = true
    this.#cluster.runtime.wheel.cancel(this)
    this.#wanted.answered(answer)
  }
}
