-- plugin-name: tells the service who called, and refuses who is banned.

local banned = ""

-- Called once, with the configuration. A sentence as the answer says what is wrong with it.
function onConfigure(config)
  banned = config.banned or ""
end

-- Called with every request; `mutation` changes what goes on to the service.
function onRequest(metadata, mutation)
  local caller = metadata.get("caller")
  if caller ~= nil and caller == banned then
    return reply { error = "denied", text = caller .. " may not call" }
  end
  mutation.set("plugin-name", caller or "nobody")
end
