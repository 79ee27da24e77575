/**
 * CodecFile: a codec out of a file of a plugin folder, as a worker would run it, for commands that only try it:
 * `NAME.codec.lua`, `.wasm`, `.js` or `.yaml`.
 */
import { basename, dirname } from 'node:path'
import type { Codec } from '../../sdk/index.ts'
import { pluginFile, Subjects } from './author/subject.ts'

const NAMED = /^(.+\.codec)\.(?:lua|wasm|js|yaml)$/

/** Throws a sentence when it cannot be used. */
export async function loadCodecFile(path: string): Promise<Codec> {
  const name = NAMED.exec(basename(path))?.[1]
  if (name === undefined) throw new Error(`${path}: codecs are files NAME.codec.lua, .wasm, .js or .yaml`)
  return (await new Subjects().loadCodec(await pluginFile(dirname(path), name))).codec
}
