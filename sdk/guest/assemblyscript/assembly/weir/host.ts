/** What the host does for a filter: log, counters, and with their grants the time, chance and the shared store. */
import { answer } from './answer'
import { Bytes } from './bytes'

const OP_LOG = 32
const OP_COUNT = 33
const NO_VALUE: i32 = -1

export class log {
  static debug(text: string): void {
    say(0, text)
  }

  static info(text: string): void {
    say(1, text)
  }

  static warn(text: string): void {
    say(2, text)
  }

  static error(text: string): void {
    say(3, text)
  }
}

function say(level: u32, text: string): void {
  answer.begin(OP_LOG, level, 0)
  answer.text(text)
  answer.end()
}

/** Adds to one of the plugin's counters; names are like `calls_refused`. */
export function counter(name: string, by: u32 = 1): void {
  answer.begin(OP_COUNT, 0, 0)
  answer.u32(by)
  answer.text(name)
  answer.end()
}

// @ts-ignore: a decorator
@external('weir', 'now')
declare function weirNow(): f64
// @ts-ignore: a decorator
@external('weir', 'random')
declare function weirRandom(at: usize, size: i32): void
// @ts-ignore: a decorator
@external('weir', 'kv_get')
declare function kvGet(key: usize, keySize: i32, at: usize, room: i32): i32
// @ts-ignore: a decorator
@external('weir', 'kv_set')
declare function kvSet(key: usize, keySize: i32, at: usize, size: i32, ttlMs: u32): i32
// @ts-ignore: a decorator
@external('weir', 'kv_delete')
declare function kvDelete(key: usize, keySize: i32): void
// @ts-ignore: a decorator
@external('weir', 'kv_add')
declare function kvAdd(key: usize, keySize: i32, by: f64, ttlMs: u32): f64
// @ts-ignore: a decorator
@external('weir', 'kv_cas')
declare function kvCas(key: usize, keySize: i32, expected: usize, expectedSize: i32, at: usize, size: i32, ttlMs: u32): i32

/** Milliseconds since 1970. Needs the grant `clock`. */
export function now(): f64 {
  return weirNow()
}

/** A number from 0 to under 1. Needs the grant `random`. */
export function random(): f64 {
  const at = memory.data(8)
  weirRandom(at, 8)
  return <f64>(load<u64>(at) >> 11) * (1.0 / 9007199254740992.0)
}

/** What all workers share. Needs the grant `key-value`. A time to live of 0 keeps a value. */
export class store {
  static get(key: string): Bytes | null {
    const name = Bytes.of(key)
    let buffer = new ArrayBuffer(256)
    let size = kvGet(name.at, name.size, changetype<usize>(buffer), buffer.byteLength)
    while (size > buffer.byteLength) {
      buffer = new ArrayBuffer(size)
      size = kvGet(name.at, name.size, changetype<usize>(buffer), size)
    }
    return size == NO_VALUE ? null : Bytes.from(buffer.slice(0, size))
  }

  /** False when the store is full. */
  static set(key: string, value: string, ttlMs: u32 = 0): bool {
    const name = Bytes.of(key)
    const bytes = Bytes.of(value)
    return kvSet(name.at, name.size, bytes.at, bytes.size, ttlMs) == 1
  }

  static delete(key: string): void {
    const name = Bytes.of(key)
    kvDelete(name.at, name.size)
  }

  /** Stores the value if what is there is what was expected; null expects nothing. */
  static cas(key: string, expected: Bytes | null, value: string, ttlMs: u32 = 0): bool {
    const name = Bytes.of(key)
    const bytes = Bytes.of(value)
    const at: usize = expected == null ? 0 : expected.at
    const size: i32 = expected == null ? NO_VALUE : expected.size
    return kvCas(name.at, name.size, at, size, bytes.at, bytes.size, ttlMs) == 1
  }

  /** Adds to a number and answers the sum; NaN when what is there is no number, or the store is full. */
  static add(key: string, by: f64 = 1, ttlMs: u32 = 0): f64 {
    const name = Bytes.of(key)
    return kvAdd(name.at, name.size, by, ttlMs)
  }
}
