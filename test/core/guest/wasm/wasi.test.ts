/** What guests of Go and C find of WASI. */
import { describe, expect, it } from 'vitest'
import { bareGrants, bitsOf } from '../../../../core/guest/grant.ts'
import { abi } from '../../../../sdk/abi/abi.ts'
import { GuestStage } from '../guest-stage.ts'
import { code } from './code.ts'
import { GuestBuilder, PHASE } from './guest-builder.ts'
import { op } from './op.ts'
import { wasmGuest } from './wasm-guests.ts'

const { i32, i64 } = op
const OUT = 256

/** Calls one function of WASI in each request, and gives up with the number it answered, unless that is 0. */
async function calling(
  name: string,
  params: readonly number[],
  values: readonly (readonly number[])[],
  options: { readonly grants?: number; readonly after?: readonly number[]; readonly text?: string } = {},
) {
  const builder = new GuestBuilder()
  const index = builder.module.importFunction('wasi_snapshot_preview1', name, params, [i32])
  const text = Buffer.from(options.text ?? '')
  const at = builder.can(text)
  builder.module.data(64, [...new Uint8Array(new Uint32Array([at, text.length]).buffer)])
  const bytes = builder.build([
    ...code.if(code.eq(code.get(PHASE), code.i32(abi.phase.configure)), code.return(code.i32(0))),
    ...code.if(code.call(index, ...values), code.unreachable),
    ...(options.after ?? []),
    ...code.i32(0),
  ])
  const grants = options.grants ?? bareGrants
  const stage = new GuestStage(await wasmGuest(bytes, { grants }), { grants })
  const passed = stage.exchange().onRequest().verdict === undefined
  return { stage, passed }
}

const unless = (condition: readonly number[]) => code.if(code.zero(condition), code.unreachable)

describe('WASI', () => {
  it('has no arguments and no environment', async () => {
    for (const name of ['args_sizes_get', 'environ_sizes_get']) {
      const values = [code.i32(OUT), code.i32(OUT + 4)]
      expect((await calling(name, [i32, i32], values)).passed).toBe(true)
    }
  })

  it('has no folder', async () => {
    for (const [name, count] of [
      ['fd_fdstat_set_flags', 2],
      ['fd_prestat_get', 2],
      ['fd_prestat_dir_name', 3],
    ] as const) {
      const values = Array.from({ length: count }, () => code.i32(3))
      const params = values.map(() => i32)
      expect((await calling(name, params, values)).passed).toBe(false)
    }
  })

  it('has a time that stands still, and moves with the grant', async () => {
    const values = [code.i32(1), code.i64(0), code.i32(OUT)]
    const time = code.load(code.i32(OUT))
    const still = await calling('clock_time_get', [i32, i64, i32], values, {
      after: unless(code.eq(time, code.i32(1_000_000_000))),
    })
    expect(still.passed).toBe(true)
    const moving = await calling('clock_time_get', [i32, i64, i32], values, {
      grants: bitsOf(['clock']),
      after: unless(code.eq(time, code.i32(1))),
    })
    expect(moving.passed).toBe(true)
  })

  it('has chance with the grant alone', async () => {
    const values = [code.i32(OUT), code.i32(8)]
    expect((await calling('random_get', [i32, i32], values)).passed).toBe(false)
    expect((await calling('random_get', [i32, i32], values, { grants: bitsOf(['random']) })).passed).toBe(
      true,
    )
  })

  it('writes lines to the log, and to nothing else', async () => {
    const params = [i32, i32, i32, i32]
    const write = (fd: number) => [code.i32(fd), code.i32(64), code.i32(1), code.i32(OUT)]
    const whole = await calling('fd_write', params, write(2), {
      text: 'one\ntwo\u001b\nthr',
      after: unless(code.eq(code.load(code.i32(OUT)), code.i32(12))),
    })
    expect(whole.passed).toBe(true)
    expect(whole.stage.lines).toEqual(['warn one', 'warn two\\u001b'])
    whole.stage.exchange().onRequest()
    expect(whole.stage.lines).toContain('warn throne')
    expect((await calling('fd_write', params, write(3))).passed).toBe(false)
  })

  it('is pointed outside of memory in vain', async () => {
    const outside = await calling(
      'fd_write',
      [i32, i32, i32, i32],
      [code.i32(1), code.i32(-8), code.i32(2), code.i32(OUT)],
    )
    expect(outside.stage.figure('traps_total', { kind: 'memory' })).toBe(1)
    const clock = await calling('clock_time_get', [i32, i64, i32], [code.i32(0), code.i64(0), code.i32(-4)])
    expect(clock.stage.figure('traps_total', { kind: 'memory' })).toBe(1)
  })
})
