/**
 * CodecPrelude: the part of a codec's author's view that is written in Lua itself, put together from its subjects, which
 * share their locals. It is called once with a table of what the host gives, and answers the functions that the host calls
 * later.
 */
import { abi } from '../../../../sdk/abi/abi.ts'
import { commonPrelude } from '../common-prelude.ts'
import { declaringPrelude } from './declaring-prelude.ts'
import { framesPrelude } from './frames-prelude.ts'
import { outgoingPrelude } from './outgoing-prelude.ts'
import { readerPrelude } from './reader-prelude.ts'
import { writerPrelude } from './writer-prelude.ts'

const { codec } = abi
const numbers = (table: Readonly<Record<string, number>>): string =>
  Object.entries(table)
    .map(([name, number]) => `['${name}'] = ${number}`)
    .join(', ')

export const codecPrelude = `
${commonPrelude}
local char, byte, sub, find, pack, unpackFrom = string.char, string.byte, string.sub, string.find, string.pack, string.unpack
local insert, xpcall, rawset, min = table.insert, xpcall, rawset, math.min
local writeFrame, put, putBytes, keep, patch, countWritten = host.frame, host.put, host.putBytes, host.keep, host.patch, host.written
local traceback = host.traceback
local kinds = { ${numbers(abi.kind)} }
local kindNames, errorNames = {}, {}
for name, number in next, kinds do kindNames[number] = name end
for name, number in next, errors do errorNames[number] = name end
local codes = { ${numbers(codec.malformed)} }
local correlations = { ${numbers(codec.correlation)} }
local affinities = { ${numbers(codec.affinity)} }
local editNames = { 'set', 'add', 'remove' }

-- What ends the reading of a frame: too few bytes, and bytes that nobody understands.
local MORE, BROKEN = {}, {}
local wanted, brokenCode, brokenText = 0, 0, ''

local function fail(code, text)
  brokenCode = codes[code] or error('no connection ends for the reason "' .. tostring(code) .. '"', 0)
  brokenText = bytes(text == nil and '' or text, 'the text')
  error(BROKEN, 0)
end
malformed = fail
${readerPrelude}
${framesPrelude}
${writerPrelude}
${outgoingPrelude}
${declaringPrelude}
return start, configure, decodeChunk, encode, encodeError, encodeReply, encodeHeartbeat, encodeHeartbeatReply, encodeDrain, sniff,
  encodePreface, encodeDrainReply
`
