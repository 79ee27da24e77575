/**
 * RecordPrefix: the part of a record that is the same from one message to the next: the names of the declared keys, the
 * listener, the protocol, and nearly always the caller's address. It stays where it is in the writer's bytes, so that
 * most records are written without writing it again.
 */

import { abi } from '../../sdk/abi/abi.ts'
import type { Metadata } from '../../sdk/index.ts'
import type { BlockBytes } from './block-bytes.ts'
import type { Reads } from './declaration.ts'

const { record } = abi
const TABLE_ALIGN_BYTES = 4
const KEY_BYTES_MAX = 0xffff

export class RecordPrefix {
  /** Where the property table begins. */
  end = 0
  /** Where each declared key is, from the record's beginning, and its size. */
  readonly keyAts: number[] = []
  readonly keySizes: number[] = []
  /** Of the record's fixed part. */
  readonly #fixedBytes: number
  #reads: Reads | undefined = undefined
  #listener = ''
  #protocol = ''
  #peer = ''
  #peerAt = 0

  constructor(fixedBytes: number) {
    this.#fixedBytes = fixedBytes
  }

  /** The bytes are no longer there. */
  forget(): void {
    this.#reads = undefined
  }

  /** Sees to it that the prefix of a record at `base` is there, and goes on behind it. Answers whether that stands, too. */
  write(out: BlockBytes, base: number, metadata: Metadata, reads: Reads): boolean {
    const { listener, protocol, peer } = metadata
    const named = this.#reads === reads && this.#listener === listener && this.#protocol === protocol
    const ended = this.end
    if (!named) this.#writeNames(out, base, metadata, reads)
    if (!named || this.#peer !== peer) this.#writePeer(out, base, peer)
    out.at = this.end
    // Addresses are mostly as long as others.
    return named && this.end === ended
  }

  #writeNames(out: BlockBytes, base: number, metadata: Metadata, reads: Reads): void {
    const { listener, protocol } = metadata
    out.at = base
    out.take(this.#fixedBytes)
    for (const [slot, key] of reads.keys.entries()) {
      this.keyAts[slot] = out.at - base
      this.keySizes[slot] = Math.min(out.text(key), KEY_BYTES_MAX)
    }
    out.refer(base, record.listener, listener)
    out.refer(base, record.protocol, protocol)
    this.#peerAt = out.at
    this.#reads = reads
    this.#listener = listener
    this.#protocol = protocol
  }

  #writePeer(out: BlockBytes, base: number, peer: string): void {
    out.at = this.#peerAt
    out.refer(base, record.peer, peer)
    out.align(TABLE_ALIGN_BYTES)
    this.end = out.at
    out.view.setUint32(base + record.propertiesAt, out.at - base, true)
    this.#peer = peer
  }
}
