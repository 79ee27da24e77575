/**
 * LuaManifest: the global table `manifest` of a plugin in Lua. The file is run as it would be for traffic, with nothing
 * granted, and a few lines behind it say the table as JSON, in the place of what is wrong with a configuration.
 */
import { abi } from '../../sdk/abi/abi.ts'
import { BlockWriter } from '../guest/block.ts'
import { inertGuestHost } from '../guest/inert-guest-host.ts'
import { createLuaCodecModule } from '../guest/lua/codec/create-lua-codec-module.ts'
import { createLuaModule } from '../guest/lua/create-lua-module.ts'
import { defaultLuaLimits } from '../guest/lua/lua-limits.ts'
import { OpList } from '../guest/op-list.ts'
import { Trap } from '../guest/trap.ts'

const MENTIONED = /^[ \t]*manifest[ \t]*=/m
const JSON_BYTES_MAX = 65_536
const SAY = `
onConfigure = function()
  local function text(value)
    return '"' .. value:gsub('[%c"\\\\]', function(c) return ('\\\\u%04x'):format(c:byte()) end) .. '"'
  end
  local function say(value, depth)
    local kind = type(value)
    if kind == 'string' then return text(value) end
    if kind == 'boolean' or math.type(value) == 'integer' then return tostring(value) end
    if kind == 'number' then return ('%.17g'):format(value) end
    if kind ~= 'table' or depth > 32 then error('the manifest holds a ' .. kind .. ', or is deeper than 32 levels') end
    local parts = {}
    if #value > 0 then
      for i, each in ipairs(value) do parts[i] = say(each, depth + 1) end
      return '[' .. table.concat(parts, ',') .. ']'
    end
    for key, each in pairs(value) do parts[#parts + 1] = text(tostring(key)) .. ':' .. say(each, depth + 1) end
    return '{' .. table.concat(parts, ',') .. '}'
  end
  return say(manifest, 0)
end
`

/** A plugin's file and its name; what a codec calls is not there for filters. */
export interface LuaFile {
  readonly name: string
  readonly bytes: Buffer
  readonly codec: boolean
}

/** `undefined` when there is none. Throws a sentence when it cannot be said. */
export function luaManifest(interpreter: WebAssembly.Module, { name, bytes, codec }: LuaFile): unknown {
  if (!MENTIONED.test(bytes.toString('latin1'))) return undefined
  const file = Buffer.concat([bytes, Buffer.from(SAY)])
  const create = codec ? createLuaCodecModule : createLuaModule
  const module = create({ interpreter, name, file, limits: defaultLuaLimits })
  const instance = module instanceof Trap ? module : module.instantiate(inertGuestHost)
  if (instance instanceof Trap) throw new Error(instance.text)
  const writer = new BlockWriter()
  writer.configure(Buffer.from('{}'), 0, inertGuestHost.clock)
  const answer = instance.call(abi.phase.configure, writer.bytes, writer.size)
  const json = answer instanceof OpList ? refusalIn(answer) : undefined
  instance.close()
  if (answer instanceof Trap) throw new Error(answer.text)
  return json === undefined ? undefined : JSON.parse(json)
}

function refusalIn(list: OpList): string | undefined {
  for (let at = list.start + abi.opListHeaderBytes; at < list.end; ) {
    const size = list.u32(at + abi.opHeader.size)
    if (list.u8(at) === abi.op.refuse) {
      if (size > JSON_BYTES_MAX) throw new Error(`its manifest has more than ${JSON_BYTES_MAX} bytes`)
      return list.bytes.toString('utf8', at + abi.opHeader.bytes, at + size)
    }
    at += (size + 3) & ~3
  }
  return undefined
}
