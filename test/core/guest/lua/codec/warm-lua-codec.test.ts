import { expect, test } from 'vitest'
import { warmLuaCodec } from '../../../../../core/guest/lua/codec/warm-lua-codec.ts'
import { compileInterpreter } from '../../../../../core/guest/lua/interpreter-image.ts'

test('the codec that warms the interpreter reads its frames to the end, a turn for each round', async () => {
  let turns = 0
  await warmLuaCodec(compileInterpreter(), async () => void turns++)
  expect(turns).toBe(100)
})
