/** IsolateCodecEncoding: has authors write what the host asks for: messages, replies, errors, signs of life. Given as text, like all parts. */
import type { abi as Abi } from '../../../../sdk/abi/abi.ts'
import type { IsolateBlock } from './isolate-block.ts'
import type { IsolateCodecEndings } from './isolate-codec-endings.ts'
import type { IsolateCodecFrames } from './isolate-codec-frames.ts'
import type { IsolateCodecMessages } from './isolate-codec-messages.ts'
import type { IsolateCodecValues } from './isolate-codec-values.ts'
import type { IsolateCodecWriter } from './isolate-codec-writer.ts'
import type { IsolateEngine } from './isolate-engine.ts'
import type { Handler, IsolateExports } from './isolate-exports.ts'

export interface IsolateCodecEncodingGiven {
  readonly abi: typeof Abi
  readonly engine: IsolateEngine
  readonly block: IsolateBlock
  readonly held: IsolateCodecValues
  readonly endings: IsolateCodecEndings
  readonly messages: IsolateCodecMessages
  readonly writer: IsolateCodecWriter
  readonly say: IsolateCodecFrames
  readonly exported: IsolateExports
}

export interface IsolateCodecEncoding {
  /** Takes the author's functions; answers the bits of what is there. */
  begin(): number
  handle(during: number): void
}

export function isolateCodecEncoding(given: IsolateCodecEncodingGiven): IsolateCodecEncoding {
  const { abi, engine, block, held, endings, messages, writer, say, exported } = given
  const { op, block: at, phase, declares } = abi.codec
  const { BaseError, OutOfRange, text } = engine
  const { w } = writer
  const errorNames = engine.namesOf(abi.error)
  const handlers: Record<string, Handler | undefined> = engine.create(null)
  const able = [
    ['encode', declares.encode],
    ['encodeReply', declares.reply],
    ['encodeHeartbeat', declares.heartbeat],
    ['encodeHeartbeatReply', declares.heartbeatReply],
    ['encodeDrain', declares.drain],
    ['encodePreface', declares.preface],
    ['encodeDrainReply', declares.drainReply],
  ] as const

  /** Where the answer may be that it cannot be written. */
  function written(work: () => unknown): void {
    let problem: unknown
    try {
      problem = work()
    } catch (thrown) {
      if (thrown !== endings.BROKEN) throw thrown
      problem = endings.text()
    }
    writer.interrupt()
    if (problem === undefined || problem === null || problem === w) return
    say.say(op.problem, 0, held.contents(problem, 'what was returned'))
  }
  function mustWrite(work: () => unknown): void {
    try {
      work()
    } catch (thrown) {
      if (thrown === endings.BROKEN) throw new BaseError(text(endings.text()))
      throw thrown
    }
    writer.interrupt()
  }
  function encode(): void {
    const edits = messages.edits()
    const body = messages.newBody()
    const message = messages.outgoing(edits, body)
    written(() => handlers['encode']?.(message, { edits, body }, w))
  }
  function encodeError(): void {
    const request = messages.request(true)
    const error = { kind: errorNames[block.byte(at.error)], text: messages.textAt(at.text) }
    mustWrite(() => handlers['encodeError']?.(request, error, w))
  }
  function encodeReply(): void {
    const request = messages.request(false)
    const answer = messages.reply()
    written(() => handlers['encodeReply']?.(request, answer, w))
  }

  return {
    begin: () => {
      let flags = 0
      for (const [name, bit] of able) {
        handlers[name] = exported.handler(name)
        if (handlers[name] !== undefined) flags |= bit
      }
      handlers['encodeError'] = exported.handler('encodeError')
      if (handlers['encodeError'] === undefined)
        throw new BaseError('the codec exports no function encodeError: callers would wait for ever')
      return flags
    },
    handle: (during) => {
      writer.begin()
      if (during === phase.encode) encode()
      else if (during === phase.encodeError) encodeError()
      else if (during === phase.encodeReply) encodeReply()
      else if (during === phase.encodeHeartbeat) {
        const id = messages.idToWrite()
        mustWrite(() => handlers['encodeHeartbeat']?.(id, w))
      } else if (during === phase.encodeHeartbeatReply) {
        const request = messages.request(true)
        mustWrite(() => handlers['encodeHeartbeatReply']?.(request, w))
      } else if (during === phase.encodeDrain) mustWrite(() => handlers['encodeDrain']?.(w))
      else if (during === phase.encodeDrainReply) {
        const request = messages.request(true)
        mustWrite(() => handlers['encodeDrainReply']?.(request, w))
      } else if (during === phase.encodePreface) {
        const direction = messages.directionOf()
        mustWrite(() => handlers['encodePreface']?.(direction, w))
      } else throw new OutOfRange(`phase ${during} is none that a codec in JavaScript is asked in`)
    },
  }
}
