/** JsSource: a plugin's file, looked at before an isolate sees it: UTF-8 text, and of a size that is allowed. */
import { isUtf8 } from 'node:buffer'
import { type SourceReads, sourceReads } from '../lua/source-reads.ts'
import { Trap } from '../trap.ts'

export interface JsSource {
  /** The file's name without its folder, which errors begin with. */
  readonly file: string
  readonly text: string
  readonly reads: SourceReads
  /** Whether it may carry a manifest; only the engine knows for certain. */
  readonly mayCarryManifest: boolean
}

const MANIFEST = /\bexport\b[^;]{0,256}\bmanifest\b/

/** A trap says why it is none. A first line for Unix is JavaScript's own business. */
export function jsSource(file: string, bytes: Buffer, sizeMax: number): JsSource | Trap {
  if (bytes.length > sizeMax)
    return new Trap('budget', `${file} has ${bytes.length} bytes, ${sizeMax} allowed`)
  if (!isUtf8(bytes)) return new Trap('abi', `${file} is not UTF-8 text`)
  const text = bytes.toString('utf8').replace(/^\ufeff/, '')
  return {
    file,
    text,
    reads: sourceReads(bytes.toString('latin1')),
    mayCarryManifest: MANIFEST.test(text),
  }
}
