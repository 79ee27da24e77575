/**
 * CodecFile: a codec out of a file of a plugin folder, as a worker would run it, for commands that only try it:
 * `NAME.codec.lua`, `.wasm`, `.js` or `.yaml`.
 */
import { basename, dirname } from 'node:path'
import type { Codec } from '../../sdk/index.ts'
import { GuestCodecs } from '../config/guest-codecs.ts'
import { inertHost } from '../config/inert-host.ts'
import { createGuestRuntimes } from '../plugin/guest-runtimes.ts'
import { settingsOf } from '../plugin/options.ts'
import { createInertServices } from './author/inert-services.ts'
import { pluginFile } from './author/subject.ts'

const NAMED = /^(.+\.codec)\.(?:lua|wasm|js|yaml)$/

/** Throws a sentence when it cannot be used. */
export async function loadCodecFile(path: string): Promise<Codec> {
  const name = NAMED.exec(basename(path))?.[1]
  if (name === undefined) throw new Error(`${path}: codecs are files NAME.codec.lua, .wasm, .js or .yaml`)
  const services = createInertServices()
  const codecs = new GuestCodecs({
    runtimes: createGuestRuntimes(),
    host: inertHost,
    services: { ...services, defer: (work) => void setImmediate(work) },
  })
  const { codec } = await codecs.take(await pluginFile(dirname(path), name), settingsOf(undefined)).thing
  return codec
}
