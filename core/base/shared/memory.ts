/**
 * SharedMemory: the buffers that the main thread makes once and gives to every worker. They are reserved at full
 * size, and the system lends only the pages that are written to. Nothing here gives them a meaning.
 */

/** Doubles in one thread's region of metrics: a counter takes one, a histogram seventeen. */
const REGION_CELLS_COUNT = 131_072
/** Names and labels of all series. */
const DIRECTORY_BYTES = 8_388_608
/** Token buckets that may exist at once; one takes {@link SLOT_BYTES}. */
const BUCKETS_COUNT = 16_384
/** Limits that may exist at once. */
const LIMITS_COUNT = 4_096
/** The key-value store, with its tables; an entry takes at least 128 bytes of it. */
const KEY_VALUES_BYTES = 33_554_432
/** Before the slots of a table. */
export const TABLE_HEADER_BYTES = 64
/** The part of a slot that every table has; one cache line. */
export const SLOT_BYTES = 64
const INT_BYTES = 4

/** Plain buffers, so that it passes through `workerData` as it is. */
export interface SharedMemory {
  readonly workersCount: number
  /** Regions of the workers by index, then the main thread's: each thread writes its own and reads all. */
  readonly regions: readonly SharedArrayBuffer[]
  readonly directory: SharedArrayBuffer
  readonly buckets: SharedArrayBuffer
  readonly limits: SharedArrayBuffer
  readonly keyValues: SharedArrayBuffer
}

/** Room for so many workers and the main thread. Made by the main thread, before the first worker. */
export function createSharedMemory(workersCount: number): SharedMemory {
  const threads = Array.from({ length: workersCount + 1 })
  return {
    workersCount,
    regions: threads.map(() => new SharedArrayBuffer(REGION_CELLS_COUNT * Float64Array.BYTES_PER_ELEMENT)),
    directory: new SharedArrayBuffer(DIRECTORY_BYTES),
    buckets: new SharedArrayBuffer(TABLE_HEADER_BYTES + BUCKETS_COUNT * SLOT_BYTES),
    limits: new SharedArrayBuffer(TABLE_HEADER_BYTES + LIMITS_COUNT * limitSlotBytes(workersCount)),
    keyValues: new SharedArrayBuffer(KEY_VALUES_BYTES),
  }
}

/** A limit's slot has, behind the common part, one number for every thread: what that thread holds. */
export function limitSlotBytes(workersCount: number): number {
  const holders = (workersCount + 1) * INT_BYTES
  return SLOT_BYTES + Math.ceil(holders / SLOT_BYTES) * SLOT_BYTES
}
