/**
 * Filter: what the host calls, as far as it is the same for every filter. The exports themselves are written by the
 * build, which sees the handlers that there are.
 */
import { answer, verdictSaid } from './answer'
import { Bytes, forgetViews, view } from './bytes'
import { Config } from './config'
import { first } from './metadata'
import { mutation } from './mutation'
import { Verdict } from './verdict'

const HEADER = 24
const OP_PHASES = 51
const OP_REFUSE = 52
const OP_STATE = 53
const STATE = 24
const VERSION = 32

/**
 * What may be left lying between two collections, counted in bytes of blocks; less as soon as the memory grows. A
 * collection has to fit the fuel of the call in which it happens, which for a codec is little.
 */
const ALLOWANCE: u32 = 65_536
const ALLOWANCE_MIN: u32 = 1_024
/** What a call of no size counts. */
const CALL: u32 = 64

let block: usize = 0
let allowance = ALLOWANCE
let waste: u32 = 0
let pages = memory.size()

export function makeInput(size: u32): usize {
  block = block == 0 ? heap.alloc(size) : heap.realloc(block, size)
  return block
}

export function blockAt(): usize {
  return block
}

/** A call begins: what the ones before left lying is collected now and then. */
export function used(size: u32): void {
  waste += size + CALL
  if (waste > allowance || memory.size() != pages) collect()
}

/** A block that has no messages. */
export function openState(size: u32): void {
  used(size)
  answer.reset()
  forgetViews()
}

/** Points at the first message of the block. */
export function open(size: u32): void {
  openState(size)
  mutation.of(first.show(block + HEADER, false).handle)
}

export function configuration(): Config {
  answer.reset()
  const at = block + HEADER + 8
  return new Config(at, at + load<u32>(block, HEADER))
}

export function phases(bits: u32): void {
  answer.begin(OP_PHASES, bits, 0)
  answer.end()
}

/** A sentence says what is wrong with the configuration. */
export function refuse(why: string | null): void {
  if (why == null) return
  answer.begin(OP_REFUSE, 0, 0)
  answer.text(why)
  answer.end()
}

/** What `snapshot` answered: a text, bytes, or nothing. */
export function handOver<T>(state: T): void {
  if (changetype<usize>(state) == 0) return
  answer.begin(OP_STATE, 0, 0)
  answer.value<T>(state)
  answer.end()
}

/** What `restore` is given. */
export function givenState(): Bytes {
  return view(block + load<u32>(block, STATE), load<u32>(block, STATE + 4))
}

export function givenVersion(): string {
  return view(block + load<u32>(block, VERSION), load<u32>(block, VERSION + 4)).toString()
}

export function decide(verdict: Verdict): void {
  if (verdict == Verdict.Continue) return
  if (verdict == Verdict.Drop || verdict == Verdict.Close) {
    answer.begin(verdict, 0, first.handle)
    answer.end()
  } else answer.take(verdictSaid)
}

export function close(): usize {
  return answer.finish()
}

/** Between two calls nothing of the filter is on the stack, so that what its globals do not reach is not needed. */
function collect(): void {
  waste = 0
  __collect()
  const now = memory.size()
  if (now != pages && allowance > ALLOWANCE_MIN) allowance >>= 1
  pages = now
}
