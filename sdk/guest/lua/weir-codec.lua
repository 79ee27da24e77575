---@meta weir-codec
-- What a codec in Lua may say, for people and for the Lua language server. weir never loads this file.

---@class weir.Codec
---@field correlation "id"|"fifo"|"exclusive" How a reply finds its request: by an id, in order, or one at a time.
---@field idBits integer? How wide an id that is a number is, 1 to 64.
---@field idText boolean? Ids are texts.
---@field idAt integer? Where the id stands in every frame; then a message nobody has changed costs no call.
---@field idSize integer? How many bytes it takes there; from idBits when it is left out.
---@field littleEndian boolean? The order of its bytes.
---@field writes string[]|true|nil Keys of properties that encode can change; true: all. Others are refused before.
---@field magic string? What every connection begins with; the protocol is then told by it.
---@field frameSizeMax integer?
---@field sniffBytes integer? How many first bytes sniff wants, at most 1024.
---@field affinity boolean? Messages may say that they need a connection of their client's own.
---@field pushes boolean? What an upstream sends there while nobody waits goes to that client; affinity is then meant, too.

---Says what the protocol is like. Once, when the file runs.
---@param given weir.Codec
function codec(given) end

---@alias weir.Kind "request"|"oneway"|"response"|"error"|"heartbeat"|"heartbeat-reply"|"drain"

---@class weir.Frame
---@field kind weir.Kind
---@field id integer|string|nil
---@field status integer? Of a reply.
---@field operation string|integer|nil
---@field properties table<string, string|number|boolean|(string|number)[]>|{ [1]: string, [2]: string|number|boolean }[]|nil A list keeps its order.
---@field streamId integer?
---@field headerSize integer? Else what was read before the body.
---@field size integer? Of the whole frame; else what was read.
---@field idAt integer? Where it differs from frame to frame.
---@field affinity "shared"|"own"|"release"|nil Whether the request needs an upstream connection of its client's own, or gives it back.
---@field waitMs number? How long the request itself asks for its reply to be put off at most; math.huge: for ever.

---A frame, as decode returns it.
---@param given weir.Frame
---@return weir.Frame
function message(given) end

---A frame that is not taken; its caller is told the text, and what is behind it is read on.
---@param text string
---@param given weir.Frame
---@return weir.Frame
function refused(text, given) end

---What was read is no message, a greeting for example. Goes with encodePreface.
---@return weir.Frame
function passed() end

---Nothing behind this can be understood: the connection ends. Does not return.
---@param code "magic"|"version"|"frame_size"|"header"|"body"|"checksum"|"unexpected"
---@param text string?
function malformed(code, text) end

---Where a byte is missing a read ends the call, and decode is begun anew when there is more.
---@class weir.Reader
---@field at integer How much of the frame was read.
---@field left integer How much there is that was not.
---@field direction "request"|"response"
---@field state string? The connection's, in this direction; may be set, to at most 4096 bytes.
---@field limit integer The largest frame.
---@field u8 fun(r: weir.Reader): integer
---@field i8 fun(r: weir.Reader): integer
---@field u16 fun(r: weir.Reader): integer
---@field u16le fun(r: weir.Reader): integer
---@field i16 fun(r: weir.Reader): integer
---@field i16le fun(r: weir.Reader): integer
---@field u24 fun(r: weir.Reader): integer
---@field u24le fun(r: weir.Reader): integer
---@field u32 fun(r: weir.Reader): integer
---@field u32le fun(r: weir.Reader): integer
---@field i32 fun(r: weir.Reader): integer
---@field i32le fun(r: weir.Reader): integer
---@field u64 fun(r: weir.Reader): integer The highest bit is Lua's sign.
---@field u64le fun(r: weir.Reader): integer
---@field i64 fun(r: weir.Reader): integer
---@field i64le fun(r: weir.Reader): integer
---@field varint fun(r: weir.Reader): integer
---@field zigzag fun(r: weir.Reader): integer
---@field bytes fun(r: weir.Reader, size: integer): string
---@field line fun(r: weir.Reader, max: integer?): string Up to a line feed, without it and a carriage return before it.
---@field skip fun(r: weir.Reader, size: integer)
---@field body fun(r: weir.Reader, size: integer) The body, which need not be there yet.
---@field magic fun(r: weir.Reader, bytes: string) Ends the connection when others stand here.

---A reader of bytes that are all there.
---@param text string
---@return weir.Reader
function reader(text) end

---Every function answers the writer. A number that does not fit its field is a problem of the message.
---@class weir.Writer
---@field at integer How much was written.
---@field u8 fun(w: weir.Writer, value: integer): weir.Writer And i8, u16, i16, u24, i24, u32, i32, u64, i64, with le behind little endian.
---@field varint fun(w: weir.Writer, value: integer): weir.Writer
---@field zigzag fun(w: weir.Writer, value: integer): weir.Writer
---@field bytes fun(w: weir.Writer, text: string): weir.Writer
---@field keep fun(w: weir.Writer, at: integer, size: integer): weir.Writer A range of the frame as it came.
---@field u32At fun(w: weir.Writer, at: integer, value: integer): weir.Writer Over what was written; also u8At, u16At, u24At, and with le behind.

---@class weir.Outgoing
---@field kind weir.Kind
---@field direction "request"|"response"
---@field id integer|string The id to write.
---@field status integer
---@field operation string
---@field streamId integer
---@field headerSize integer
---@field size integer
---@field bytes string The frame as it came; of a request that is answered its beginning, at most 4096 bytes.
---@field body string
---@field properties { [1]: string, [2]: string }[] With the edits.
---@field get fun(m: weir.Outgoing, key: string): string?
---@field getAll fun(m: weir.Outgoing, key: string): string[]
---@field has fun(m: weir.Outgoing, key: string): boolean
---@field number fun(m: weir.Outgoing, key: string, least: integer?, most: integer?): integer Anything else is a problem of the message.

---@param text string
---@return integer
function crc32(text) end

---@param text string
---@return integer
function adler32(text) end

---@param text string
---@return integer
function fnv1a(text) end
