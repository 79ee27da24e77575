-- Counts large requests and slow calls: weir_plugin_counted_total with the names large_requests and slow_calls.
function onRequest(metadata)
  if metadata.size > metadata.config.bytes then counter("large_requests") end
end

function onEnd(metadata, outcome)
  if outcome.durationMs > metadata.config.ms then counter("slow_calls") end
end
