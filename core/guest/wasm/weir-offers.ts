/** WeirOffers: what guests may import from the module `weir` (sdk/ABI.md §5), each with its grant. */
import { readText } from '../../../sdk/abi/text.ts'
import type { LogLevelName } from '../ops.ts'
import type { HostCall } from './host-call.ts'
import type { Offer } from './offer.ts'

const RANDOM_BYTES_MAX = 65_536
const KEY_BYTES_MAX = 256
const VALUE_BYTES_MAX = 65_536
/** What the host's work costs the guest, in fuel. */
const RANDOM_BYTE_COST = 8
const LOG_COST = 20_000
const COUNT_COST = 2_000
/** However a guest comes to call it: through a table or as its last step it pays nothing for leaving. */
const NOW_COST = 200
const STORE_COST = 2_000
const TEXT_BYTES_MAX = 4_096

const levels: readonly LogLevelName[] = ['debug', 'info', 'warn', 'error']
const NO_VALUE = -1

export const weirOffers: readonly Offer[] = [
  {
    module: 'weir',
    name: 'now',
    params: [],
    results: ['f64'],
    grant: 'clock',
    create: (call) => () => {
      call.charge(NOW_COST)
      return call.host.clock.wallMs
    },
  },
  {
    module: 'weir',
    name: 'random',
    params: ['i32', 'i32'],
    results: [],
    grant: 'random',
    create: (call) => (pointer: number, size: number) => fillRandom(call, pointer, size),
  },
  {
    module: 'weir',
    name: 'log',
    params: ['i32', 'i32', 'i32'],
    results: [],
    grant: 'log',
    create: (call) => (level: number, pointer: number, size: number) => {
      call.charge(LOG_COST)
      call.host.log(levels[level] ?? 'info', text(call, pointer, size))
      return undefined
    },
  },
  {
    module: 'weir',
    name: 'count',
    params: ['i32', 'i32', 'i32'],
    results: [],
    grant: 'counters',
    create: (call) => (by: number, pointer: number, size: number) => {
      call.charge(COUNT_COST)
      call.host.count(text(call, pointer, Math.min(size >>> 0, KEY_BYTES_MAX)), by >>> 0)
      return undefined
    },
  },
  {
    module: 'weir',
    name: 'kv_get',
    params: ['i32', 'i32', 'i32', 'i32'],
    results: ['i32'],
    grant: 'key-value',
    create: (call) => (key: number, keySize: number, at: number, room: number) => {
      const value = had(call, store(call).get(keyOf(call, key, keySize)))
      if (value === undefined) return NO_VALUE
      call.charge(value.length)
      if (!call.memory.write(at, value, Math.min(value.length, room >>> 0))) outside(call)
      return value.length
    },
  },
  {
    module: 'weir',
    name: 'kv_set',
    params: ['i32', 'i32', 'i32', 'i32', 'i32'],
    results: ['i32'],
    grant: 'key-value',
    create: (call) => (key: number, keySize: number, at: number, size: number, ttlMs: number) => {
      const value = valueAt(call, at, size)
      return had(call, store(call).set(keyOf(call, key, keySize), value, ttlMs >>> 0)) ? 1 : 0
    },
  },
  {
    module: 'weir',
    name: 'kv_delete',
    params: ['i32', 'i32'],
    results: [],
    grant: 'key-value',
    create: (call) => (key: number, keySize: number) => {
      had(call, store(call).delete(keyOf(call, key, keySize)))
      return undefined
    },
  },
  {
    module: 'weir',
    name: 'kv_add',
    params: ['i32', 'i32', 'f64', 'i32'],
    results: ['f64'],
    grant: 'key-value',
    create: (call) => (key: number, keySize: number, by: number, ttlMs: number) =>
      had(call, store(call).add(keyOf(call, key, keySize), by, ttlMs >>> 0)),
  },
  {
    module: 'weir',
    name: 'kv_cas',
    params: ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    results: ['i32'],
    grant: 'key-value',
    create:
      (call) =>
      (
        key: number,
        keySize: number,
        expectedAt: number,
        expectedSize: number,
        at: number,
        size: number,
        ttlMs: number,
      ) => {
        const expected = expectedSize === NO_VALUE ? undefined : valueAt(call, expectedAt, expectedSize)
        const value = valueAt(call, at, size)
        const answer = store(call).exchange(keyOf(call, key, keySize), expected, value, ttlMs >>> 0)
        return exchanged[had(call, answer)]
      },
  },
]

const exchanged = { stored: 1, different: 0, full: -1 } as const

/** Fills with random bytes, four for each number that is drawn. Used by both of the modules that offer it. */
export function fillRandom(call: HostCall, pointer: number, size: number): undefined {
  const count = size >>> 0
  if (count > RANDOM_BYTES_MAX)
    call.stop('budget', `asked for ${count} random bytes, ${RANDOM_BYTES_MAX} allowed`)
  call.charge(count * RANDOM_BYTE_COST)
  const bytes = Buffer.allocUnsafe((count + 3) & ~3)
  for (let at = 0; at < count; at += 4)
    bytes.writeUInt32LE(Math.floor(call.host.random() * 0x1_0000_0000), at)
  if (!call.memory.write(pointer, bytes, count)) outside(call)
  return undefined
}

function text(call: HostCall, pointer: number, size: number): string {
  const cut = Math.min(size >>> 0, TEXT_BYTES_MAX)
  if (!call.memory.holds(pointer, size)) outside(call)
  return readText(call.bytes(pointer, cut), 0, cut)
}

function keyOf(call: HostCall, pointer: number, size: number): Buffer {
  if (size >>> 0 > KEY_BYTES_MAX)
    call.stop('budget', `a key of ${size >>> 0} bytes, ${KEY_BYTES_MAX} allowed`)
  return call.bytes(pointer, size)
}

function store(call: HostCall) {
  call.charge(STORE_COST)
  return call.host.keyValue ?? call.stop('capability', 'there is no key-value store here')
}

function valueAt(call: HostCall, pointer: number, size: number): Buffer {
  if (size >>> 0 > VALUE_BYTES_MAX)
    call.stop('budget', `a value of ${size >>> 0} bytes, ${VALUE_BYTES_MAX} allowed`)
  call.charge(size >>> 0)
  return call.bytes(pointer, size)
}

function had<Answer>(call: HostCall, answer: Answer | 'busy'): Answer {
  return answer === 'busy' ? call.stop('exited', 'the store is busy') : answer
}

function outside(call: HostCall): never {
  return call.stop('memory', 'it pointed its host outside of its memory')
}
