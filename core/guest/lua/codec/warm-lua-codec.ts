/**
 * WarmLuaCodec: has a small codec of its own read frames, before the first codec in Lua is asked about any: until the engine
 * has compiled the interpreter as well as it can, and what answers it here, a frame takes three times as long, and the first
 * one milliseconds. Once for each thread, a little in each turn of the event loop, because traffic may already flow.
 */
import { abi } from '../../../../sdk/abi/abi.ts'
import { BlockWriter } from '../../block.ts'
import { CodecBlock } from '../../codec/codec-block.ts'
import { inertGuestHost } from '../../inert-guest-host.ts'
import { Trap } from '../../trap.ts'
import { createLuaCodecModule } from './create-lua-codec-module.ts'

const ROUNDS = 100
const FRAMES = 16
const FRAME_SIZE_MAX = 65_536
/** What codecs do most: magic, numbers of several widths, a text, a body, properties in a table. */
const SOURCE = `codec { correlation = 'id', idBits = 32, idAt = 2 }
function decode(r)
  r:magic('\\xca\\xfe')
  local id, flags, status, size = r:u32(), r:u8(), r:u16(), r:u8()
  local name = r:bytes(size)
  r:body(r:u32())
  return message {
    kind = flags & 1 == 0 and 'request' or 'response', id = id, operation = name, status = status,
    properties = { name = name, flags = flags },
  }
end
function encodeError(request, error, w) w:u32(request.id):bytes(error.text) end
`
const FRAME = Buffer.from('cafe000000010000000561667465720000000461626364', 'hex')

/** `turn` resolves when the event loop has gone round. It never throws: what is wrong is seen when a codec is loaded. */
export async function warmLuaCodec(
  interpreter: WebAssembly.Module,
  turn: () => Promise<unknown>,
): Promise<void> {
  const module = createLuaCodecModule({ interpreter, name: 'warm', file: Buffer.from(SOURCE) })
  const instance = module instanceof Trap ? module : module.instantiate(inertGuestHost)
  if (instance instanceof Trap) return
  const writer = new BlockWriter()
  writer.configure(Buffer.from('{}'), 0, inertGuestHost.clock)
  let answer = instance.call(abi.phase.configure, writer.bytes, writer.size)
  const block = new CodecBlock()
  const bytes = Buffer.concat(Array.from({ length: FRAMES }, () => FRAME))
  for (let round = 0; round < ROUNDS && !(answer instanceof Trap); round++) {
    block.decode(
      abi.codec.direction.request,
      { bytes, start: 0, end: bytes.length },
      undefined,
      FRAME_SIZE_MAX,
    )
    answer = instance.call(abi.codec.phase.decode, block.bytes, block.size)
    await turn()
  }
  instance.close()
}
