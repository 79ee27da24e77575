/** ConnectionLimits: what one connection may let wait, from the options that both sides of the proxy share. */
import type { Infer } from '../../sdk/index.ts'
import type { keepalive, watermarkOptions, writeTimeout } from './options.ts'

export interface ConnectionLimits {
  readonly highWatermarkBytes: number
  readonly lowWatermarkBytes: number
  readonly writeTimeoutMs: number
  readonly keepaliveMs: number
}

/** The options of a listener or a cluster that are about its connections. */
export interface ConnectionOptions {
  readonly watermarks: Infer<typeof watermarkOptions>
  readonly 'write-timeout': Infer<typeof writeTimeout>
  readonly keepalive: Infer<typeof keepalive>
}

export function connectionLimits(options: ConnectionOptions): ConnectionLimits {
  const { high, low } = options.watermarks
  return {
    highWatermarkBytes: high,
    lowWatermarkBytes: low,
    writeTimeoutMs: options['write-timeout'],
    keepaliveMs: options.keepalive,
  }
}
