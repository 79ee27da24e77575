/**
 * LengthFields: where the lengths of a frame stand: told by its vector, or found by trying which bytes, made larger,
 * make the decoder wait for more or call the frame too large.
 */
import type { CodecKit } from './codec-kit.ts'
import type { Mark } from './finding.ts'
import type { Sample } from './sample.ts'

/** Lengths are looked for in so many first bytes. */
const LOOKED_BYTES = 256
const DIGIT_ZERO = 0x30
const DIGIT_NINE = 0x39

export interface LengthField extends Mark {
  /** What its bytes are at most: 0xff, or the digit 9. */
  readonly top: number
}

/** Fields that stand next to each other are found as one. */
export async function lengthFields(kit: CodecKit, sample: Sample): Promise<readonly LengthField[]> {
  const told = sample.vector.lengths
  if (told !== undefined) return told.map(({ at, size }) => ({ at, size, top: topOf(sample.bytes, at) }))
  const fields: LengthField[] = []
  for (let at = 0; at < Math.min(sample.bytes.length, LOOKED_BYTES); at++) {
    if (!(await isLength(kit, sample, at))) continue
    const last = fields.at(-1)
    const top = topOf(sample.bytes, at)
    if (last !== undefined && last.at + last.size === at && last.top === top)
      fields[fields.length - 1] = { at: last.at, size: last.size + 1, top }
    else fields.push({ at, size: 1, top })
  }
  return fields
}

/** The frame with bytes of one field replaced. */
export function withBytes(bytes: Uint8Array, at: number, values: readonly number[]): Buffer {
  const changed = Buffer.from(bytes)
  for (const [index, value] of values.entries()) changed[at + index] = value
  return changed
}

function topOf(bytes: Uint8Array, at: number): number {
  const byte = bytes[at] ?? 0
  return byte >= DIGIT_ZERO && byte <= DIGIT_NINE ? DIGIT_NINE : 0xff
}

async function isLength(kit: CodecKit, sample: Sample, at: number): Promise<boolean> {
  const tops = [...new Set([topOf(sample.bytes, at), 0xff, 0x7f])]
  for (const top of tops) {
    if (top === sample.bytes[at]) continue
    try {
      const trial = await kit.trial(sample.direction).give(withBytes(sample.bytes, at, [top]))
      // A guest that has spent all that a call may spend ends so, too.
      const code = trial.failure?.code
      if (trial.refusals.length > 0 || code === 'frame_size' || code === 'unexpected') return true
      if (trial.failure === undefined && trial.messages.length === 0 && (trial.needed ?? 0) > 0) return true
    } catch {
      // What throws here is found by the flips.
    }
  }
  return false
}
