/** Histogram: latencies in microseconds, each kept within 1.6 %, at the cost of an addition. */

const SUB_BITS = 6
const SUB_COUNT = 1 << SUB_BITS

export class Histogram {
  readonly #counts = new Uint32Array(SUB_COUNT * 27)
  #total = 0

  observe(ms: number): void {
    const micros = ms <= 0 ? 0 : (ms * 1000) >>> 0
    const shift = Math.max(0, 31 - SUB_BITS - Math.clz32(micros))
    const at = shift * SUB_COUNT + (micros >>> shift)
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#total++
  }

  clear(): void {
    this.#counts.fill(0)
    this.#total = 0
  }

  /** The latency in milliseconds below which this share (0 to 1) of all lies; 0 when there are none. */
  quantile(share: number): number {
    let left = Math.ceil(this.#total * share)
    for (let at = 0; at < this.#counts.length; at++) {
      left -= this.#counts[at] ?? 0
      if (left <= 0) return middleMs(at)
    }
    return 0
  }
}

function middleMs(at: number): number {
  const shift = Math.max(0, (at >>> SUB_BITS) - 1)
  return (at - shift * SUB_COUNT + 0.5) * 2 ** shift * 0.001
}
