/**
 * IsolateCodec: the author's view of a codec in JavaScript. It is given to the isolate as text with its parts, as all of the
 * program is, and only where the plugin is a codec.
 */
import type { abi as Abi } from '../../../../sdk/abi/abi.ts'
import type { IsolateBlock } from './isolate-block.ts'
import type { IsolateCodecParts } from './isolate-codec-parts.ts'
import type { IsolateEngine } from './isolate-engine.ts'
import type { IsolateExports } from './isolate-exports.ts'
import type { IsolateList } from './isolate-list.ts'
import type { IsolateText } from './isolate-text.ts'
import type { IsolateValues } from './isolate-values.ts'

/** What it shares with the other parts of the program. */
export interface IsolateCodecGiven {
  readonly abi: typeof Abi
  readonly engine: IsolateEngine
  readonly texts: IsolateText
  readonly values: IsolateValues
  readonly block: IsolateBlock
  readonly list: IsolateList
  readonly output: Uint8Array
  readonly exported: IsolateExports
}

export interface IsolateCodec {
  /** What the protocol is like. */
  declare(): void
  /** Answers a block of this phase. */
  handle(during: number): void
  /** Another operation begins: the bytes that are being written end. */
  interrupt(): void
  readonly globals: Readonly<Record<string, unknown>>
}

export function isolateCodec(given: IsolateCodecGiven, parts: IsolateCodecParts): IsolateCodec {
  const { abi, engine, texts, values, block, list, output, exported } = given
  const { freeze } = engine
  const held = parts.values({ engine, values })
  const endings = parts.endings({ abi, engine, held })
  const reader = parts.reader({ engine, texts, values, held, endings })
  const messages = parts.messages({ abi, engine, block, endings })
  const say = parts.frames({ abi, engine, values, held, list, output })
  const decoding = parts.decoding({ abi, engine, values, block, held, endings, reader, messages, say })
  const writer = parts.writer({ abi, engine, values, held, endings, list, output })
  const encoding = parts.encoding({ abi, engine, block, held, endings, messages, writer, say, exported })
  const sums = parts.sums({ held })
  const declare = parts.declaration({ ...given, held, messages, say, decoding, encoding })
  const readerOf = (bytes: unknown): object =>
    reader.readerOver(reader.cursorOver(held.bytesOf(bytes, 'what is read'), true))

  return {
    declare,
    interrupt: writer.interrupt,
    handle: (during) => {
      if (during === abi.codec.phase.decode) decoding.decode()
      else encoding.handle(during)
    },
    globals: {
      message: freeze(say.messageOf),
      refused: freeze(say.refused),
      passed: freeze(() => decoding.PASSED),
      malformed: endings.malformed,
      reader: freeze(readerOf),
      crc32: freeze(sums.crc32),
      adler32: freeze(sums.adler32),
      fnv1a: freeze(sums.fnv1a),
    },
  }
}
