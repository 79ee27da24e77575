/**
 * LoadChunk: compiles a source and leaves its function on the stack, or an error; answers Lua's status. Only text is
 * taken, never what was compiled before.
 */
import type { Interpreter } from './interpreter.ts'

export function loadChunk(interpreter: Interpreter, name: string, source: Buffer): number {
  const { calls, state } = interpreter
  const places = [source, Buffer.from(`${name}\0`), Buffer.from('t\0')].map((bytes) => {
    const place = interpreter.allocate(Math.max(bytes.length, 1))
    bytes.copy(interpreter.bytes, place)
    return place
  })
  const [text = 0, title = 0, mode = 0] = places
  const status = calls.luaL_loadbufferx(state, text, source.length, title, mode)
  for (const place of places) calls.free(place)
  return status
}
