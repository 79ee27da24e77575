/** IsolateCodecDecoding: all frames of a chunk that are whole, read in one call. Given as text, like all parts. */
import type { abi as Abi } from '../../../../sdk/abi/abi.ts'
import type { IsolateBlock } from './isolate-block.ts'
import type { IsolateCodecEndings } from './isolate-codec-endings.ts'
import type { IsolateCodecFrames } from './isolate-codec-frames.ts'
import type { IsolateCodecMessages } from './isolate-codec-messages.ts'
import type { IsolateCodecReader } from './isolate-codec-reader.ts'
import type { IsolateCodecValues } from './isolate-codec-values.ts'
import type { IsolateEngine } from './isolate-engine.ts'
import type { Handler } from './isolate-exports.ts'
import type { IsolateValues } from './isolate-values.ts'

export interface IsolateCodecDecodingGiven {
  readonly abi: typeof Abi
  readonly engine: IsolateEngine
  readonly values: IsolateValues
  readonly block: IsolateBlock
  readonly held: IsolateCodecValues
  readonly endings: IsolateCodecEndings
  readonly reader: IsolateCodecReader
  readonly messages: IsolateCodecMessages
  readonly say: IsolateCodecFrames
}

export interface IsolateCodecDecoding {
  /** The author's functions: for one frame, or for everything there is. */
  begin(one: Handler | undefined, all: Handler | undefined): void
  decode(): void
  /** What authors answer for bytes that are no message. */
  readonly PASSED: object
}

export function isolateCodecDecoding(given: IsolateCodecDecodingGiven): IsolateCodecDecoding {
  const { abi, engine, block, held, endings, reader, messages, say } = given
  const { op, block: at } = abi.codec
  const { Bytes, BaseError, WrongType, freeze } = engine
  const { isObject } = given.values
  const { word } = block
  const FRAMES_MAX = 128
  const PASSED = freeze({})
  const current = reader.cursorOver(new Bytes(0), false)
  const currentReader = reader.readerOver(current)
  let decodeOne: Handler | undefined
  let decodeAll: Handler | undefined
  /** What the state was when the frame that is read began: that one is begun anew when bytes are missing. */
  let stateBefore: string | undefined

  function frames(): void {
    const c = current
    for (let done = 0; c.pos < c.end && done < FRAMES_MAX; done++) {
      const { pos: from } = c
      c.from = from
      c.bodyAt = -1
      c.bodySize = 0
      stateBefore = c.state
      const said = decodeOne?.(currentReader)
      if (!isObject(said)) throw new WrongType('decode returned no message({ … })')
      const size = said['size'] === undefined ? c.pos - from : held.whole(said['size'], 'the size of a frame')
      if (size < 1) throw new BaseError('decode read nothing')
      if (said === PASSED) {
        say.sayPassed(size)
        c.pos = from + size
        continue
      }
      const read = c.bodyAt < 0 ? size : c.bodyAt
      const headerSize =
        said['headerSize'] === undefined ? read : held.whole(said['headerSize'], 'the size of a header')
      say.sayFrame(said, { size, headerSize, bodyAt: c.bodyAt < 0 ? 0 : c.bodyAt, bodySize: c.bodySize })
      c.pos = from + size
    }
  }
  function sinkFrame(said: unknown): void {
    const message = say.messageOf(said)
    const numberOf = (name: string, otherwise: number): number =>
      message[name] === undefined ? otherwise : held.whole(message[name], name)
    const size = numberOf('size', 0)
    const headerSize = numberOf('headerSize', size)
    say.sayFrame(message, {
      size,
      headerSize,
      bodyAt: numberOf('bodyAt', 0),
      bodySize: numberOf('bodySize', 0),
    })
  }
  const sink = freeze({
    message: sinkFrame,
    refused: (why: unknown, said: unknown) => sinkFrame(say.refused(why, said)),
    passed: (size: unknown) => say.sayPassed(held.whole(size, 'what is passed over')),
    need: (size: unknown) => say.sayNeed(held.whole(size, 'what is needed')),
    malformed: endings.malformed,
    get direction() {
      return current.direction
    },
    get state() {
      return current.state
    },
    set state(value: unknown) {
      current.state = reader.stateOf(value)
    },
    get limit() {
      return current.limit
    },
  })
  function decode(): void {
    const c = current
    const before = word(at.state) === 0 ? undefined : messages.textAt(at.state)
    c.bytes = block.memory()
    c.pos = block.placeOf(word(at.frame))
    c.from = c.pos
    c.end = c.pos + word(at.frame + 4)
    c.direction = messages.directionOf()
    c.limit = word(at.frameSize)
    c.state = before
    let ending: unknown
    try {
      if (decodeAll === undefined) frames()
      else decodeAll(block.copy(word(at.frame), word(at.frame + 4)), sink)
    } catch (thrown) {
      if (thrown !== endings.MORE && (thrown !== endings.BROKEN || endings.code() === 0)) throw thrown
      ending = thrown
    }
    if (ending === endings.MORE && decodeAll === undefined) c.state = stateBefore
    if (c.state !== before) say.say(op.state, 0, c.state ?? '')
    if (ending === endings.MORE) say.sayNeed(endings.wanted())
    else if (ending === endings.BROKEN) say.say(op.malformed, endings.code(), endings.text())
  }

  return {
    begin: (one, all) => {
      decodeOne = one
      decodeAll = all
    },
    decode,
    PASSED,
  }
}
