import { describe, expect, it } from 'vitest'
import { Trap } from '../../../../core/guest/trap.ts'
import type { MeteredPlace } from '../../../../core/guest/wasm/meter/original-module.ts'
import type { SourcePlace } from '../../../../core/guest/wasm/source/source-places.ts'
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

const at = (text: string): SourcePlace => ({ text, source: 'at' })
const near = (text: string): SourcePlace => ({ text, source: 'near' })

/** What is known of functions, of which the guest has nine. */
function told(known: Readonly<Record<number, SourcePlace>>) {
  return {
    owns: (index: number) => index < 9,
    find: (frames: readonly MeteredPlace[]) => frames.map(({ index }) => known[index]),
  }
}

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

  it('says no name of the file that linkers put before those of functions', () => {
    const frames = [named('my-tag.wasm.plugin::inner', 1), named('my-tag.wasm.<a.wasm.b>::outer', 2)]
    expect(trapOf(failed(...frames), 5).text).toBe(
      'unreachable, in plugin::inner (wasm-function[1]:0x1) < <a.wasm.b>::outer',
    )
  })

  it('passes over where Go gives up', () => {
    const frames = ['runtime.fatalpanic', 'runtime.abort', 'main.deep', 'main.runtime.abort'].map(named)
    expect(trapOf(failed(...frames), 5).text).toBe(
      'unreachable, in main.deep (wasm-function[2]:0x2) < main.runtime.abort',
    )
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

  it('says where in its source each of them is, and at which it is not quite', () => {
    const places = told({ 1: at('tag.ts:3:4'), 2: near('tag.ts:9:1'), 3: at('tag.ts:12:5') })
    const error = failed(named('deep', 1), named('mid', 2), 'wasm://wasm/0a1b2c:wasm-function[3]:0x3')
    expect(trapOf(error, 5, { places }).text).toBe(
      'unreachable at tag.ts:3:4 (deep) < near tag.ts:9:1 (mid) < tag.ts:12:5',
    )
    expect(trapOf(failed(named('mid', 2)), -1, { places }).text).toBe(
      'the call has spent its fuel near tag.ts:9:1 (mid)',
    )
    expect(trapOf(new RangeError('too deep'), 5).text).toBe('the guest called itself too deeply')
  })

  it('says where in the module it is that has no lines, and no offset that its author cannot look up', () => {
    const places = told({ 1: { text: '0x9', source: undefined } })
    expect(trapOf(failed(named('deep', 1), named('mid', 2)), 5, { places }).text).toBe(
      'unreachable, in deep (wasm-function[1]:0x9) < mid',
    )
    expect(trapOf(failed(named('mid', 2)), 5, { places }).text).toBe('unreachable, in mid (wasm-function[2])')
  })

  it('says a place once that the guest has told itself, and beside one in a library where that was called', () => {
    const places = told({ 1: near('tag.ts:3:9') })
    const said = (text: string) =>
      trapOf(failed(named('onRequest', 1)), -1, { places, stopped: new Trap('unreachable', text) }).text
    expect(said('aborted: no at tag.ts:3:4')).toBe('aborted: no at tag.ts:3:4 (onRequest)')
    expect(said('aborted: no at ~lib/array.ts:99:4')).toBe(
      'aborted: no at ~lib/array.ts:99:4 < near tag.ts:3:9 (onRequest)',
    )
    expect(said('it has no clock')).toBe('it has no clock near tag.ts:3:9 (onRequest)')
  })

  it('passes over functions that are the meter’s', () => {
    const error = failed('wasm://wasm/0a1b2c:wasm-function[9]:0x9', named('deep', 1))
    expect(trapOf(error, -1, { places: told({ 1: at('tag.ts:3:4') }) }).text).toBe(
      'the call has spent its fuel at tag.ts:3:4 (deep)',
    )
  })
})
