import { describe, expect, it } from 'vitest'
import { Trap } from '../../../../core/guest/trap.ts'
import { trapOf } from '../../../../core/guest/wasm/trap-of.ts'
import { threadMs } from '../../../support/thread-ms.ts'

const LONGEST_MS = 50

function failed(...frames: readonly string[]): WebAssembly.RuntimeError {
  const error = new WebAssembly.RuntimeError('unreachable')
  error.stack = ['RuntimeError: unreachable', ...frames.map((frame) => `    at ${frame}`)].join('\n')
  return error
}

const named = (name: string, index: number) =>
  `${name} (wasm://wasm/tag-0a1b2c:wasm-function[${index}]:0x${index})`

describe('trapOf()', () => {
  it('says in which function it was, and which called it', () => {
    const error = failed(
      named('tag/inner', 37),
      named('tag/onRequest', 38),
      'Instance.call (file:///weir.ts:7:8)',
    )
    expect(trapOf(error, 5)).toEqual(
      new Trap('unreachable', 'unreachable, in tag/inner (wasm-function[37]:0x37) < tag/onRequest'),
    )
  })

  it('says what can be known where the module has no names', () => {
    const error = failed(
      'wasm://wasm/0a1b2c:wasm-function[3]:0x20',
      'wasm://wasm/0a1b2c:wasm-function[4]:0x30',
    )
    expect(trapOf(error, 5).text).toBe('unreachable, in wasm-function[3]:0x20 < wasm-function[4]:0x30')
  })

  it('passes over what a language calls while it gives up, and says no more than four', () => {
    const frames = ['rust_panic', 'std::panicking::begin', 'a', 'b', 'c', 'd', 'e'].map(named)
    expect(trapOf(failed(...frames), 5).text).toBe('unreachable, in a (wasm-function[2]:0x2) < b < c < d')
  })

  it('says where the guest was when its host stopped it', () => {
    const stopped = new Trap('capability', 'it has no clock')
    expect(trapOf(failed(named('tag/onRequest', 1)), -1, { stopped })).toEqual(
      new Trap('capability', 'it has no clock, in tag/onRequest (wasm-function[1]:0x1)'),
    )
  })

  it('reads the stack of a function whose name is nothing but line breaks as fast as any', () => {
    const beganMs = threadMs()
    const error = failed(named(`${'\n'.repeat(90_000)})x`, 1), named('tag/onRequest', 2))
    expect(trapOf(error, 5).kind).toBe('unreachable')
    expect(threadMs() - beganMs).toBeLessThan(LONGEST_MS)
  })

  it('is fuel when that has run out, whatever the engine says', () => {
    expect(trapOf(failed(), -1)).toEqual(new Trap('fuel', 'the call has spent its fuel'))
  })
})
