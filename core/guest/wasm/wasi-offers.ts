/**
 * WasiOffers: what guests of Go and C need of `wasi_snapshot_preview1` to start, and nothing that reaches the system:
 * no files, no arguments, no environment. What is written to the two outputs is log; time and chance are there with
 * their grants.
 */

import { abi } from '../../../sdk/abi/abi.ts'
import { readText } from '../../../sdk/abi/text.ts'
import type { HostCall } from './host-call.ts'
import type { ValueType } from './meter/facts.ts'
import type { Offer } from './offer.ts'
import { fillRandom } from './weir-offers.ts'

/** Error numbers of WASI preview 1. */
const errno = { success: 0, badf: 8, nosys: 52 } as const
const CLOCK_REALTIME = 0
const NANOS_PER_MS = 1e6
const VECTORS_MAX = 16
const TEXT_BYTES_MAX = 4_096
const CALL_COST = 500
/** The time without the grant; Go takes none of 0, with it neither. */
const STANDING_NANOS = 1_000_000_000n
const LOG_COST = 20_000
const LINE_COST = 2_000
const TEXT_BYTE_COST = 4

export const wasiOffers: readonly Offer[] = [
  answers('args_get', ['i32', 'i32'], errno.success),
  counts('args_sizes_get'),
  answers('environ_get', ['i32', 'i32'], errno.success),
  counts('environ_sizes_get'),
  wasi('clock_time_get', ['i32', 'i64', 'i32'], (call) => (id: number, _precision: bigint, at: number) => {
    call.charge(CALL_COST)
    return written(call, call.memory.writeU64(at, nanos(call, id)))
  }),
  wasi('fd_write', ['i32', 'i32', 'i32', 'i32'], (call) => {
    const lines = new OutputLines(call)
    return (fd: number, at: number, count: number, out: number) => {
      if (fd !== 1 && fd !== 2) return errno.badf
      call.charge(LOG_COST)
      return lines.write({ at, count, out, failed: fd === 2 })
    }
  }),
  wasi('random_get', ['i32', 'i32'], (call) => (pointer: number, size: number) => {
    if ((call.host.grants & abi.grant.random) === 0) return errno.nosys
    fillRandom(call, pointer, size)
    return errno.success
  }),
  // Nothing happens, at once: Go gives up when it is told that it cannot wait.
  wasi(
    'poll_oneoff',
    ['i32', 'i32', 'i32', 'i32'],
    (call) => (_in: number, _out: number, _n: number, events: number) => {
      call.charge(CALL_COST)
      return written(call, call.memory.writeU32(events, 0))
    },
  ),
  answers('sched_yield', [], errno.success),
  {
    ...wasi(
      'proc_exit',
      ['i32'],
      (call) => (code: number) => call.stop('exited', `it ended itself with ${code}`),
    ),
    results: [],
  },
  answers('fd_close', ['i32'], errno.badf),
  answers('fd_seek', ['i32', 'i64', 'i32', 'i32'], errno.badf),
  answers('fd_fdstat_get', ['i32', 'i32'], errno.badf),
  // Asked for by Go's packages that know of files, such as fmt, when they start: there is no folder.
  answers('fd_fdstat_set_flags', ['i32', 'i32'], errno.badf),
  answers('fd_prestat_get', ['i32', 'i32'], errno.badf),
  answers('fd_prestat_dir_name', ['i32', 'i32', 'i32'], errno.badf),
]

function wasi(name: string, params: readonly ValueType[], create: Offer['create']): Offer {
  return { module: 'wasi_snapshot_preview1', name, params, results: ['i32'], grant: undefined, create }
}

/** A function that always answers the same. */
function answers(name: string, params: readonly ValueType[], code: number): Offer {
  return wasi(name, params, () => () => code)
}

/** A function that says that there is nothing: no items, in no bytes. */
function counts(name: string): Offer {
  return wasi(name, ['i32', 'i32'], (call) => (count: number, size: number) => {
    call.charge(CALL_COST)
    return written(call, call.memory.writeU32(count, 0) && call.memory.writeU32(size, 0))
  })
}

function nanos(call: HostCall, id: number): bigint {
  const { grants, clock } = call.host
  if ((grants & abi.grant.clock) === 0) return STANDING_NANOS
  return BigInt(Math.floor((id === CLOCK_REALTIME ? clock.wallMs : clock.nowMs) * NANOS_PER_MS) || 1)
}

interface Output {
  readonly at: number
  readonly count: number
  readonly out: number
  readonly failed: boolean
}

/** What a guest writes to its outputs, gathered to lines; all of it is taken, and the beginning of it said. */
class OutputLines {
  readonly #call: HostCall
  #begun = ''

  constructor(call: HostCall) {
    this.#call = call
  }

  write({ at, count, out, failed }: Output): number {
    const call = this.#call
    const { memory } = call
    const vectors = Math.min(count >>> 0, VECTORS_MAX)
    let total = 0
    for (let i = 0; i < vectors; i++) {
      const pointer = memory.u32((at >>> 0) + i * 8) ?? outside(call)
      const size = memory.u32((at >>> 0) + i * 8 + 4) ?? outside(call)
      if (!memory.holds(pointer, size)) outside(call)
      const cut = Math.min(size, TEXT_BYTES_MAX - this.#begun.length)
      if (cut > 0) this.#read(pointer, cut)
      total += size
    }
    this.#say(failed)
    return written(call, memory.writeU32(out, total))
  }

  #read(pointer: number, size: number): void {
    this.#call.charge(size * TEXT_BYTE_COST)
    this.#begun += readText(this.#call.bytes(pointer, size), 0, size)
  }

  #say(failed: boolean): void {
    const { host } = this.#call
    const lines = this.#begun.split('\n')
    this.#call.charge(lines.length * LINE_COST)
    this.#begun = this.#begun.length >= TEXT_BYTES_MAX ? '' : (lines.pop() ?? '')
    for (const line of lines) {
      if (line !== '' && (host.grants & abi.grant.log) !== 0) host.log(failed ? 'warn' : 'info', line)
    }
  }
}

function written(call: HostCall, done: boolean): number {
  return done ? errno.success : outside(call)
}

function outside(call: HostCall): never {
  return call.stop('memory', 'it pointed its host outside of its memory')
}
