/** Packet: what a capture holds: a moment, bytes, and what they begin with. */

export interface Packet {
  /** Milliseconds since 1970; 0 when the capture does not say. */
  readonly timeMs: number
  /** As in the registry of link-layer header types. */
  readonly linkType: number
  readonly bytes: Buffer
}

export const LINK_NULL = 0
export const LINK_ETHERNET = 1
export const LINK_RAW = 101
export const LINK_LOOP = 108
export const LINK_SLL = 113
export const LINK_SLL2 = 276
