/** Counts large requests and slow calls: weir_plugin_counted_total with the names large_requests and slow_calls. */
export function onRequest(metadata) {
  if (metadata.size > metadata.config.bytes) counter('large_requests')
}

export function onEnd(metadata, outcome) {
  if (outcome.durationMs > metadata.config.ms) counter('slow_calls')
}
