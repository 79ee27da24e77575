-- Hides an attachment of responses from callers.
function onConfigure(config)
  reads = { config.key }
end

function onResponse(metadata, mutation)
  local key = metadata.config.key
  if metadata.has(key) then mutation.set(key, "***") end
end
