// Counts large requests and slow calls: weir_plugin_counted_total with the names large_requests and slow_calls.
import { Config, counter, Metadata, Mutation, Outcome } from 'weir'

class Bounds {
  constructor(readonly bytes: f64, readonly ms: f64) {}
}

const bounds: Bounds[] = []

export function onConfigure(config: Config): void {
  bounds.push(new Bounds(config.number('bytes', 1000), config.number('ms', 100)))
}

export function onRequest(metadata: Metadata, _mutation: Mutation): void {
  if (metadata.size > bounds[metadata.config].bytes) counter('large_requests')
}

export function onEnd(metadata: Metadata, outcome: Outcome): void {
  if (outcome.durationMs > bounds[metadata.config].ms) counter('slow_calls')
}
