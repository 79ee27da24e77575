import { describe, expect, it } from 'vitest'
import { bareGrants } from '../../../../core/guest/grant.ts'
import { compileWasm } from '../../../../core/guest/wasm/compile-wasm.ts'
import { defaultWasmQuota } from '../../../../core/guest/wasm/wasm-quota.ts'
import { code } from './code.ts'
import { GuestBuilder } from './guest-builder.ts'
import { op } from './op.ts'

/** As much as a module may have of loops without anything in them and of what makes them longer. */
function largest(empty: number): Uint8Array<ArrayBuffer> {
  const builder = new GuestBuilder()
  const nothing = Array.from({ length: empty }, () => op.nop)
  const count = Math.floor(2_700 / (3 + empty))
  const loops = Array.from({ length: count }, () => [op.loop, op.empty, ...nothing, op.end]).flat()
  const type = builder.module.type([], [])
  for (let i = 0; i < 2_900; i++) builder.module.functionOfType(type, loops)
  return builder.build(code.i32(0))
}

describe('compileWasm()', () => {
  it('lets others have their turns while it meters the largest module there may be', {
    timeout: 60_000,
  }, async () => {
    const bytes = largest(20)
    expect(bytes.length).toBeGreaterThan(defaultWasmQuota.moduleBytesMax * 0.9)
    let compiling = true
    let turns = 0
    const turn = (): void => {
      turns++
      if (compiling) setImmediate(turn)
    }
    setImmediate(turn)
    const compiled = await compileWasm({ bytes, grants: bareGrants, quota: defaultWasmQuota })
    compiling = false
    expect(compiled.kind).toBe('compiled')
    // One for each 64 KiB.
    expect(turns).toBeGreaterThan(100)
  })

  it('refuses one that its meter makes too large', async () => {
    const refused = await compileWasm({ bytes: largest(0), grants: bareGrants, quota: defaultWasmQuota })
    expect(refused).toMatchObject({ kind: 'refused', text: expect.stringContaining('with the checks') })
  })
})
