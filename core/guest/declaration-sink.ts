/**
 * DeclarationSink: gathers what a guest declares while it is configured. One that has several configurations declares with
 * each: what any of them wants, all have, and a key keeps the slot that it was given first.
 */

import { abi } from '../../sdk/abi/abi.ts'
import type { Declaration, Reads } from './declaration.ts'
import { QuietSink } from './quiet-sink.ts'

const { phaseBit, want } = abi

export class DeclarationSink extends QuietSink {
  readonly #requestKeys: string[] = []
  readonly #responseKeys: string[] = []
  readonly #streamKeys: string[] = []
  #allKeys = 0
  #wants = 0
  #phases: number | undefined = undefined
  #further = false

  declaration(): Declaration {
    const reads = (keys: readonly string[], bit: number, bodyBit: number): Reads => ({
      keys,
      allKeys: (this.#allKeys & bit) !== 0,
      body: (this.#wants & bodyBit) !== 0,
      operation: (this.#wants & want.operation) !== 0,
    })
    return {
      phases: this.#phases ?? phaseBit.request,
      request: reads(this.#requestKeys, phaseBit.request, want.requestBody),
      response: reads(this.#responseKeys, phaseBit.response, want.responseBody),
      stream: reads(this.#streamKeys, phaseBit.streamData, want.streamBody),
      routeConfig: (this.#wants & want.routeConfig) !== 0,
      requestWithResponse: (this.#wants & want.requestWithResponse) !== 0,
    }
  }

  override reads(phases: number, key: string): void {
    const bits = everyPhase(phases)
    if ((bits & phaseBit.request) !== 0) this.#declare(this.#requestKeys, key)
    if ((bits & phaseBit.response) !== 0) this.#declare(this.#responseKeys, key)
    if ((bits & phaseBit.streamData) !== 0) this.#declare(this.#streamKeys, key)
  }

  override readsAll(phases: number): void {
    this.#allKeys |= everyPhase(phases)
  }

  override wants(what: number): void {
    this.#wants |= what
  }

  override phases(phases: number): void {
    this.#phases = (this.#phases ?? 0) | phases
  }

  /** What follows belongs to another configuration of the same guest. */
  next(): void {
    this.#further = true
  }

  #declare(keys: string[], key: string): void {
    if (!this.#further || !keys.includes(key)) keys.push(key)
  }
}

function everyPhase(phases: number): number {
  return phases === 0 ? phaseBit.request | phaseBit.response | phaseBit.streamData : phases
}
