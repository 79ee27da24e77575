/** IsolateCodecParts: the parts of the program of a codec, by the names under which it finds them. */
import { isolateCodecDeclaration } from './isolate-codec-declaration.ts'
import { isolateCodecDecoding } from './isolate-codec-decoding.ts'
import { isolateCodecEncoding } from './isolate-codec-encoding.ts'
import { isolateCodecEndings } from './isolate-codec-endings.ts'
import { isolateCodecFrames } from './isolate-codec-frames.ts'
import { isolateCodecMessages } from './isolate-codec-messages.ts'
import { isolateCodecReader } from './isolate-codec-reader.ts'
import { isolateCodecSums } from './isolate-codec-sums.ts'
import { isolateCodecValues } from './isolate-codec-values.ts'
import { isolateCodecWriter } from './isolate-codec-writer.ts'

export type IsolateCodecParts = typeof isolateCodecParts

export const isolateCodecParts = {
  values: isolateCodecValues,
  endings: isolateCodecEndings,
  reader: isolateCodecReader,
  messages: isolateCodecMessages,
  frames: isolateCodecFrames,
  decoding: isolateCodecDecoding,
  writer: isolateCodecWriter,
  encoding: isolateCodecEncoding,
  sums: isolateCodecSums,
  declaration: isolateCodecDeclaration,
} as const
