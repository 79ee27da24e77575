-- Sends a share of the callers to another cluster, and each of them always to the same.
function onConfigure(config)
  reads = { config.key }
end

-- FNV-1a in 32 bits, and its halves mixed, for short texts end alike.
local function hash(text)
  local sum = 2166136261
  for i = 1, #text do
    sum = ((sum ~ text:byte(i)) * 16777619) & 0xffffffff
  end
  return sum ~ (sum >> 16)
end

function onRequest(metadata)
  local config = metadata.config
  local caller = metadata.get(config.key)
  if caller and hash(caller) % 100 < config.percent then return forward(config.cluster) end
end
