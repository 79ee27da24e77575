/** Keys: what the filter declares to read, each with the slot under which its values come. */
import { answer } from './answer'

const KEYS_MAX = 64
const declared = new StaticArray<string>(KEYS_MAX)
let count = 0

const OP_READS = 48
const OP_READS_ALL = 49
const OP_WANTS = 50

export const NO_SLOT: u32 = 0xffff

/**
 * Declares a key that the source does not name in `get('key')`, such as one that is configured. In onConfigure.
 */
export function reads(key: string): void {
  if (slotOf(key) != NO_SLOT) return
  if (count == KEYS_MAX) throw new RangeError('more than 64 keys are read')
  declared[count++] = key
  answer.begin(OP_READS, 0, 0)
  answer.text(key)
  answer.end()
}

/** Declares that every key is read; needs the grant `all-keys`. In onConfigure. */
export function readsAll(): void {
  answer.begin(OP_READS_ALL, 0, 0)
  answer.end()
}

/** Declares that bodies are read, those of frames of streams too; needs the grant `bodies`. In onConfigure. */
export function readsBodies(): void {
  wants(Want.RequestBody | Want.ResponseBody | Want.StreamBody)
}

export enum Want {
  RequestBody = 1,
  ResponseBody = 2,
  RequestWithResponse = 4,
  Operation = 8,
  RouteConfig = 16,
  StreamBody = 32,
}

export function wants(bits: u32): void {
  if (bits == 0) return
  answer.begin(OP_WANTS, bits, 0)
  answer.end()
}

/** The same text in the source is the same string, so that nearly always a pointer is compared, not a text. */
export function slotOf(key: string): u32 {
  const all = changetype<usize>(declared)
  const end = all + (<usize>count << 2)
  for (let at = all; at < end; at += 4) if (load<usize>(at) == changetype<usize>(key)) return <u32>(at - all) >> 2
  for (let i = 0; i < count; i++) if (unchecked(declared[i]) == key) return i
  return NO_SLOT
}
