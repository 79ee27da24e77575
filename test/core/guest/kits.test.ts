/**
 * The kits of compiled languages, built with what is there: a clang that knows WebAssembly, or the one that Zig brings
 * (`python -m ziglang`, or `zig`); `WEIR_ZIG` may name its command. Without one these tests are skipped.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { replyError } from '../../../sdk/index.ts'
import { GuestStage } from './guest-stage.ts'
import { wasmGuest } from './wasm/wasm-guests.ts'

const folder = mkdtempSync(join(tmpdir(), 'weir-kits-'))
const zigFlags = ['cc', '-target', 'wasm32-freestanding', '-O2', '-nostdlib', '-Wl,--no-entry', '-s']
const clangFlags = ['--target=wasm32-unknown-unknown', '-O2', '-mbulk-memory', '-ffreestanding', '-nostdlib']
const compilers: readonly (readonly string[])[] = [
  ...(process.env['WEIR_ZIG'] === undefined ? [] : [[...process.env['WEIR_ZIG'].split(' '), ...zigFlags]]),
  ['clang-19', ...clangFlags, '-Wl,--no-entry,-s'],
  ['clang', ...clangFlags, '-Wl,--no-entry,-s'],
  ['zig', ...zigFlags],
  ['python3', '-m', 'ziglang', ...zigFlags],
]

/** The first compiler that builds the source. */
function build(source: string): Uint8Array<ArrayBuffer> | undefined {
  const target = join(folder, 'guest.wasm')
  for (const [command = '', ...flags] of compilers) {
    try {
      execFileSync(command, [...flags, source, '-o', target], { stdio: 'pipe' })
      return new Uint8Array(readFileSync(target))
    } catch {
      // Not there, or without WebAssembly.
    }
  }
  return undefined
}

const tag = build('sdk/guest/c/tag.c')

describe.skipIf(tag === undefined)('the kit for C', () => {
  it('builds a filter that tags, refuses and counts', async () => {
    const stage = new GuestStage(await wasmGuest(tag ?? new Uint8Array()))
    expect(stage.context.problems).toEqual([])
    const known = stage.exchange({ properties: { caller: 'web', method: 'sayHello' } })
    expect(known.onRequest()).toMatchObject({ verdict: undefined, edits: [{ key: 'x-tag', value: 'web' }] })
    known.onResponse()
    expect(stage.exchange({ properties: { caller: 'web', method: 'other' } }).onRequest().edits).toEqual([])
    expect(stage.exchange({ properties: { method: 'sayHello' } }).onRequest().verdict).toEqual(
      replyError('denied', 'who calls?'),
    )
    expect(stage.figure('counted_total', { name: 'answers' })).toBe(1)
  })

  it('takes blocks of any size', async () => {
    const stage = new GuestStage(await wasmGuest(tag ?? new Uint8Array()))
    for (const size of [10, 60_000, 100, 200_000]) {
      const properties = { caller: 'web', method: 'x'.repeat(size) }
      expect(stage.exchange({ properties }).onRequest().verdict).toBeUndefined()
    }
    expect(
      stage.exchange({ properties: { caller: 'y', method: 'sayHello' } }).onRequest().edits,
    ).toHaveLength(1)
  })
})
