/** NativeWatermarks: Envoy's limit of a connection's buffer as watermarks: reading stops there, and goes on at half of it. */
import { entry, type PlainMap } from '../shape.ts'

/** Up to here what a client may let wait by default is above the limit. */
const USUAL_BYTES_MAX = 33_554_432

export function nativeWatermarks(listenerOrCluster: unknown): PlainMap {
  const limit = entry(listenerOrCluster, 'per_connection_buffer_limit_bytes')
  if (typeof limit !== 'number') return {}
  const max = limit > USUAL_BYTES_MAX ? { max: `${2 * limit}B` } : {}
  return { watermarks: { high: `${limit}B`, low: `${Math.floor(limit / 2)}B`, ...max } }
}
