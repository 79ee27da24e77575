-- Refuses calls that carry a value, with the protocol's own error.
function onConfigure(config)
  reads = { config.key }
end

function onRequest(metadata)
  local config = metadata.config
  if metadata.get(config.key) == config.value then
    return reply { error = "denied", text = "nobody with " .. config.key .. "=" .. config.value .. " may call" }
  end
end
