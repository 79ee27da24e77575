/** Descriptor: the values that tell whose bucket a request takes from, joined to one text without ambiguity. */
import { hash } from 'node:crypto'
import type { Metadata } from '../../sdk/index.ts'

/** Longer texts are remembered by their digest: a caller chooses them, and ten thousand may be remembered. */
const TEXT_CHARS_MAX = 256

export class Descriptor {
  readonly #keys: readonly string[]
  readonly #only: string | undefined
  #lastPeer = ''
  #lastIp = ''

  constructor(keys: readonly string[]) {
    this.#keys = keys
    this.#only = keys.length === 1 ? keys[0] : undefined
  }

  /** `undefined` when the message lacks one of the values. */
  of(metadata: Metadata): string | undefined {
    const text = this.#only === undefined ? this.#joined(metadata) : this.#value(this.#only, metadata)
    return text === undefined || text.length <= TEXT_CHARS_MAX ? text : `sha256 ${hash('sha256', text)}`
  }

  #joined(metadata: Metadata): string | undefined {
    let text = ''
    for (const key of this.#keys) {
      const value = this.#value(key, metadata)
      if (value === undefined) return undefined
      text += `${value.length} ${value} `
    }
    return text
  }

  #value(key: string, metadata: Metadata): string | undefined {
    switch (key) {
      case 'peer':
        return metadata.peer
      case 'peer-ip':
        return this.#ipOf(metadata.peer)
      case 'operation':
        return metadata.operation === '' ? undefined : metadata.operation
      case 'listener':
        return metadata.listener
      case 'protocol':
        return metadata.protocol
      default:
        return metadata.get(key)
    }
  }

  /** The address without its port; a socket's path as it is. */
  #ipOf(peer: string): string {
    if (peer === this.#lastPeer) return this.#lastIp
    const colon = peer.lastIndexOf(':')
    this.#lastIp = colon < 0 || peer.startsWith('/') ? peer : peer.slice(0, colon)
    this.#lastPeer = peer
    return this.#lastIp
  }
}
