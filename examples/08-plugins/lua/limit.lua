-- A bucket of tokens for each caller, in the store that all workers share: `burst` calls at once, then `per-second`.
local TRIES = 10
local KEPT_MS = 600000

local function take(key, burst, perSecond)
  for _ = 1, TRIES do
    local known, now, tokens = store.get(key), os.time(), burst
    if known then
      local held, since = known:match("^(%S+) (%S+)$")
      tokens = math.min(burst, held + (now - since) * perSecond)
    end
    if tokens < 1 then return false end
    -- Somebody else may have taken one meanwhile: then once more, with what is there now.
    if store.cas(key, known, tokens - 1 .. " " .. now, KEPT_MS) then return true end
  end
  return false
end

function onRequest(metadata)
  local config = metadata.config
  local caller = metadata.get("caller") or "nobody"
  if not take("caller " .. caller, config.burst, config["per-second"]) then
    return reply { error = "over_limit", text = caller .. " is above its limit" }
  end
end
