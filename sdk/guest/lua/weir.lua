---@meta weir
-- What a plugin of weir sees, for the Lua language server: add this folder to "workspace.library" of your .luarc.json.
-- Functions that are called with a dot may be called with a colon too.

---A message, as it is when the handler is called. Read it while the message is handled, not later.
---@class weir.Metadata
---@field operation string Service and method, or what the protocol calls an operation.
---@field requestId string The caller's id, exact to 64 bits.
---@field status integer The protocol's status of a reply; -1 when the message has none.
---@field size integer Bytes of the whole frame.
---@field headerSize integer
---@field bodySize integer
---@field streamId integer
---@field listener string The listener's name.
---@field peer string The caller's address.
---@field protocol string
---@field kind "request"|"oneway"|"response"|"error"|"heartbeat"|"heartbeat-reply"|"drain"|"stream-init"|"stream-data"|"stream-close"
---@field problem string? Why a property could not be read.
---@field body string The body; needs `reads = { body = true }` and the grant "bodies".
---@field request weir.Metadata In onResponse: the request that this answers.
---@field config table The configuration that holds for this message, as onConfigure was given it and left it.
local Metadata = {}

---The first value of a key; nil when the message does not carry it.
---@param key string
---@return string?
function Metadata.get(key) end

---Every value of a key, in order.
---@param key string
---@return string[]
function Metadata.getAll(key) end

---@param key string
---@return boolean
function Metadata.has(key) end

---Every key that is here: those that were declared, or all with `reads = { all = true }`.
---@return string[]
function Metadata.keys() end

---Changes that are recorded and done when the handler has returned.
---@class weir.Mutation
local Mutation = {}

---Replaces every value of a key.
---@param key string
---@param value string|number
function Mutation.set(key, value) end

---Appends a value.
---@param key string
---@param value string|number
function Mutation.add(key, value) end

---Removes every value.
---@param key string
function Mutation.remove(key) end

---Replaces the body.
---@param bytes string
function Mutation.body(bytes) end

---How an exchange ended.
---@class weir.Outcome
---@field result "ok"|"oneway"|"local_reply"|"error"|"dropped"|"downstream_gone"
---@field error weir.ErrorKind?
---@field errorText string
---@field status integer Status of the response; -1 when there was none.
---@field durationMs number
---@field upstreamMs number -1 when there was no reply.
---@field requestBytes integer
---@field responseBytes integer
---@field attempts integer
---@field cluster string
---@field endpoint string
---@field flags table<"late_reply"|"downstream_gone"|"dropped"|"retried", true>

---Why a message that was paused is here again.
---@class weir.Resume
---@field reason "timer"|"answer"|"failed"
---@field phase "request"|"response" The phase in which it paused.
---@field pauses integer
---@field text string Why the call failed.
---@field response weir.Metadata? The answer to the call.

---@alias weir.ErrorKind "route_not_found"|"cluster_not_found"|"no_healthy_upstream"|"upstream_connect_failed"|"upstream_reset"|"request_timeout"|"over_limit"|"denied"|"bad_request"|"bad_response"|"plugin_failed"|"overloaded"|"draining"

---@class weir.Made
---@alias weir.Verdict nil|"continue"|"drop"|"close"|weir.Made

---@class weir.Message
---@field properties table<string|integer, string|number|(string|number)[]>? By name, or `{ "key", "value" }` one after the other.
---@field body string?

---@class weir.Refusal
---@field error weir.ErrorKind
---@field text string?

---Answers the caller: with the protocol's own error, or with a message.
---@param answer weir.Refusal|weir.Message
---@return weir.Made
function reply(answer) end

---Sends the request to a cluster.
---@param cluster string
---@param timeoutMs integer? Left out, the listener's.
---@return weir.Made
function forward(cluster, timeoutMs) end

---Holds the message; onResume is called when the time is over. Needs the grant "timers".
---@param ms integer
---@return weir.Made
function pause(ms) end

---Asks a cluster something and holds the message; onResume is called with the answer. Needs the grant "calls".
---@param cluster string
---@param message weir.Message?
---@param timeoutMs integer? 1000 when it is left out.
---@return weir.Made
function call(cluster, message, timeoutMs) end

---@class weir.Log
---@field debug fun(...: any)
---@field info fun(...: any)
---@field warn fun(...: any)
---@field error fun(...: any)
---@overload fun(...: any)
log = {}

---Adds to one of the plugin's counters; names are like `calls_refused`.
---@param name string
---@param by integer? 1 when it is left out.
function counter(name, by) end

---What all workers share; there with the grant "key-value".
---@class weir.Store
store = {}

---@param key string
---@return string?
function store.get(key) end

---@param key string
---@param value string|number
---@param ttlMs integer? Left out, it is kept.
---@return boolean stored False when the store is full.
function store.set(key, value, ttlMs) end

---@param key string
---@return boolean deleted Whether there was anything.
function store.delete(key) end

---Stores the value if what is there is what was expected; nil expects nothing.
---@param key string
---@param expected string|number|nil
---@param value string|number
---@param ttlMs integer?
---@return boolean stored
function store.cas(key, expected, value, ttlMs) end

---Adds to a number and answers the sum; nil when what is there is no number, or the store is full.
---@param key string
---@param by number? 1 when it is left out.
---@param ttlMs integer? It counts from when the number was made.
---@return number?
function store.add(key, by, ttlMs) end

---What the plugin reads. Keys that stand as a text in `get("key")` need not be listed.
---@class weir.Reads
---@field [integer] string
---@field all boolean? Every key; needs the grant "all-keys".
---@field body boolean|"request"|"response"|"stream"|nil Needs the grant "bodies".
---@field request boolean? The request beside its response.
---@field operation boolean?
---@type weir.Reads?
reads = nil

---@type (fun(config: table): string?)? Called for each configuration that differs. Returns a sentence when it is wrong.
onConfigure = nil
---@type (fun(metadata: weir.Metadata, mutation: weir.Mutation): weir.Verdict)?
onRequest = nil
---@type (fun(metadata: weir.Metadata, mutation: weir.Mutation): weir.Verdict)?
onResponse = nil
---@type (fun(metadata: weir.Metadata, mutation: weir.Mutation, resume: weir.Resume): weir.Verdict)?
onResume = nil
---@type (fun(metadata: weir.Metadata, outcome: weir.Outcome))?
onEnd = nil
---@type (fun(metadata: weir.Metadata, mutation: weir.Mutation): weir.Verdict)? A further frame of a streaming call.
onStreamData = nil
---@type (fun(): string?)? What the version that takes this one's place goes on with.
snapshot = nil
---@type (fun(state: string, version: string): string?)? Returns a sentence when it cannot go on from there.
restore = nil
