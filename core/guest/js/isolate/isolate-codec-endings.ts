/**
 * IsolateCodecEndings: what ends the reading of a frame, or the writing of one, by what it throws: too few bytes, and what nobody
 * understands. Given as text, like all parts.
 */
import type { abi as Abi } from '../../../../sdk/abi/abi.ts'
import type { IsolateCodecValues } from './isolate-codec-values.ts'
import type { IsolateEngine } from './isolate-engine.ts'

export interface IsolateCodecEndingsGiven {
  readonly abi: typeof Abi
  readonly engine: IsolateEngine
  readonly held: IsolateCodecValues
}

export interface IsolateCodecEndings {
  /** What is thrown. */
  readonly MORE: unknown
  readonly BROKEN: unknown
  /** So many bytes must be there, counted from the frame's first; 0: nobody can tell. */
  more(wanted: number): never
  /** The connection ends. */
  malformed(code: unknown, said?: unknown): never
  /** A message cannot be written so. */
  broken(said: string): never
  /** Of what was thrown last. */
  wanted(): number
  /** 0: it is a message that cannot be written. */
  code(): number
  text(): string | Uint8Array
}

export function isolateCodecEndings({ abi, engine, held }: IsolateCodecEndingsGiven): IsolateCodecEndings {
  const { OutOfRange, freeze, text } = engine
  const codes = engine.table(abi.codec.malformed)
  const MORE = freeze({})
  const BROKEN = freeze({})
  let wanted = 0
  let brokenCode = 0
  let brokenText: string | Uint8Array = ''

  return {
    MORE,
    BROKEN,
    more: (size) => {
      wanted = size
      throw MORE
    },
    malformed: freeze((code: unknown, said?: unknown): never => {
      const number = codes[text(code)]
      if (number === undefined) throw new OutOfRange(`no connection ends for the reason "${text(code)}"`)
      brokenText = said === undefined ? '' : held.contents(said, 'the text')
      brokenCode = number
      throw BROKEN
    }),
    broken: (said) => {
      brokenCode = 0
      brokenText = said
      throw BROKEN
    },
    wanted: () => wanted,
    code: () => brokenCode,
    text: () => brokenText,
  }
}
