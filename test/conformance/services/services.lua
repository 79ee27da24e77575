-- Everything that an author has, one word of a request after the other. The other languages say the same.
reads = { "x", body = true }

local count = 0

local function yes(value) return value and "yes" or "no" end
local function text(value) return value == nil and "none" or tostring(value) end

local does = {}

function does.about(m) return table.concat({ m.operation, m.requestId, m.size, m.status, m.listener, m.peer, m.protocol }, "|") end
function does.keys(m) return table.concat(m.keys(), ",") end
function does.has(m) return yes(m.has("key")) .. " " .. yes(m.has("x")) end
function does.get(m) return text(m.get("key")) .. " " .. text(m.get("x")) end
function does.all(m) return table.concat(m.getAll("key"), ",") .. "|" .. table.concat(m.getAll("x"), ",") end
function does.config(m) return m.config.said end
function does.now() return tostring(os.time()) end
function does.random() local r = math.random() return yes(r >= 0 and r < 1) end
function does.body(m) return m.body end
function does.count() count = count + 1 return tostring(count) end
function does.store()
  local said = {}
  local function note(value) said[#said + 1] = type(value) == "boolean" and yes(value) or text(value) end
  note(store.set("a", "1"))
  note(store.cas("a", "2", "3"))
  note(store.cas("a", "1", "3"))
  note(store.get("a"))
  note(store.add("n", 2))
  note(store.add("n"))
  note(store.add("a", 1))
  store.delete("a")
  note(store.get("a"))
  note(store.cas("a", nil, "x"))
  note(store.cas("a", nil, "y"))
  note(store.set("b", "brief", 10))
  note(#(store.get("long") or ""))
  return table.concat(said, " ")
end
function does.log() log.debug("d") log.info("i") log.warn("w") log.error("e") return "" end
function does.counter() counter("seen", 2) counter("seen") return "" end

function onConfigure(config)
  if config.word == "bad" then return "that is a bad word" end
  config.said = config.word .. " " .. (config.times + 1) .. " " .. yes(config.on) .. " " ..
    table.concat(config.list, ",") .. " " .. config.deep.word
end

local function decide(word)
  if word == "drop" or word == "close" then return word end
  if word == "refuse" then return reply { error = "denied", text = "no" } end
  if word == "reply" then return reply { properties = { { "k", "v" } }, body = "made" } end
  if word == "forward" then return forward("other", 70) end
  if word == "pause" then return pause(10) end
  if word == "call" then return call("other", { properties = { { "q", "1" } }, body = "ask" }, 50) end
end

function onRequest(metadata, mutation)
  local word = metadata.get("do")
  if word == "edit" then
    mutation.set("a", "1") mutation.add("a", "2") mutation.remove("b") mutation.body("new")
  end
  if does[word] then mutation.set("said", does[word](metadata)) end
  return decide(word)
end

function onResponse(metadata, mutation)
  mutation.set("said", metadata.request.get("do") .. " " .. metadata.status)
end

function onStreamData(metadata, mutation)
  if metadata.get("do") == "drop" then return "drop" end
  mutation.body(metadata.body .. "!")
end

function onResume(metadata, mutation, resume)
  local said = { resume.reason, resume.phase, resume.pauses, metadata.get("do") }
  local response = resume.response
  if response then said[#said + 1] = text(response.get("word")) .. " " .. response.body end
  if resume.reason == "failed" then said[#said + 1] = resume.text end
  mutation.set("said", table.concat(said, " "))
end

function onEnd(metadata, outcome)
  log(table.concat({
    metadata.get("do"), yes(outcome.result == "error"), yes(outcome.error == "request_timeout"), outcome.errorText,
    outcome.status, math.floor(outcome.durationMs), math.floor(outcome.upstreamMs), outcome.requestBytes,
    outcome.responseBytes, outcome.attempts, outcome.cluster, outcome.endpoint,
    yes(outcome.flags.late_reply), yes(outcome.flags.downstream_gone), yes(outcome.flags.dropped), yes(outcome.flags.retried),
  }, "|"))
end

function snapshot() return count > 0 and tostring(count) or nil end
function restore(state, version)
  if tonumber(state) == nil then return "no number from " .. version end
  count = tonumber(state)
end
