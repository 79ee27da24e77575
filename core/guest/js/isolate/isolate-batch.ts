/**
 * IsolateBatch: works through the calls that wait for this isolate, in one entry into it, and says at every moment how far it
 * has come: the process knows then which call is to blame for what stops it. It comes back when a call has failed, when
 * much is written, and when some time has passed, so that the next call has all of the time that it may take. Given as
 * text, like all parts.
 */
import type { abi as Abi } from '../../../../sdk/abi/abi.ts'
import type { childFrame } from '../child/child-frame.ts'
import type { IsolateBlock } from './isolate-block.ts'
import type { isolateControl } from './isolate-control.ts'
import type { IsolateEngine } from './isolate-engine.ts'
import type { IsolateList } from './isolate-list.ts'

export interface IsolateBatchGiven {
  readonly abi: typeof Abi
  readonly frame: typeof childFrame
  readonly control: typeof isolateControl
  readonly engine: IsolateEngine
  readonly block: IsolateBlock
  readonly list: IsolateList
  /** Handles the block that was begun. */
  handle(): void
  /** Tells a failure behind the list and answers its size. */
  failed(thrown: unknown): number
  /** Another call begins. */
  reset(): void
  /** Nothing is handled any more. */
  over(): void
}

export function isolateBatch(given: IsolateBatchGiven): () => void {
  const { abi, frame, control, engine, block, list, handle, reset } = given
  const { now } = engine
  const { word, begin } = block
  const { at: listAt, setWord } = list
  const { configure } = abi.phase

  /** Whether the frame here is another call for the same instance with the same time. Blocks begin behind their frame. */
  function follows(at: number, have: number, instance: number, fuel: number): boolean {
    if (have - at < frame.bytes) return false
    begin(at)
    if (word(frame.size) > have - at || word(frame.first) !== instance || word(frame.second) !== fuel)
      return false
    const kind = word(frame.kind)
    // What is remembered configures nothing.
    if (kind === frame.call) return ((word(frame.bytes + abi.header.version) >>> 8) & 0xff) !== configure
    return (kind & 0xff) === frame.kept || (kind & 0xff) === frame.again
  }
  function runAll(from: number, have: number): void {
    const beganMs = now()
    begin(from)
    const instance = word(frame.first)
    const fuel = word(frame.second)
    let at = from
    let end: number = control.bytes
    let count = 0
    let tookMs = 0
    do {
      begin(at)
      at += word(frame.size)
      setWord(control.next, at)
      setWord(control.last, end)
      setWord(control.lastMs, tookMs)
      block.enter()
      list.reset(end)
      reset()
      handle()
      end = (listAt() + 3) & ~3
      setWord(control.end, end)
      setWord(control.count, ++count)
      tookMs = now() - beganMs
    } while (
      tookMs < control.batchMs &&
      tookMs >= 0 &&
      end < control.flushBytes &&
      follows(at, have, instance, fuel)
    )
    setWord(control.busy, 0)
  }

  return () => {
    try {
      runAll(list.wordAt(control.from), list.wordAt(control.have))
    } catch (thrown) {
      given.over()
      setWord(control.failed, given.failed(thrown))
    } finally {
      given.over()
    }
  }
}
