/**
 * GuestCodecs: one worker's codecs from the plugin folder. A codec that nothing has changed about is the one that runs
 * already; one that was replaced goes on for the connections that speak it, and is let go of when the last has ended.
 */

import type { Codec, CodecLife } from '../../sdk/index.ts'
import { createGuestCodec } from '../guest/codec/create-guest-codec.ts'
import { bareGrants, bitsOf } from '../guest/grant.ts'
import type { GuestModule } from '../guest/guest-instance.ts'
import { prepareGuest } from '../guest/prepare-guest.ts'
import { Trap } from '../guest/trap.ts'
import type { CodecModule } from '../plugin/guest-runtime.ts'
import type { Manifest } from '../plugin/manifest.ts'
import type { PluginSettings } from '../plugin/options.ts'
import { type PluginFile, protocolOf } from '../plugin/plugin-file.ts'
import { type Held, Shelf } from '../plugin/shelf.ts'
import { explain } from './explain.ts'
import { ownManifest } from './own-manifest.ts'
import type { LoaderParts } from './plugin-loader.ts'
import { problemText } from './problem.ts'
import { readSchemaCodec } from './schema-codec.ts'
import { UnfitConfig } from './unfit-config.ts'
import { ungranted } from './ungranted.ts'
import { versionedServices } from './versioned-services.ts'

/** Digits of a hash that tell versions apart in figures. */
const HASH_DIGITS = 8

/** A codec that may be named in listeners. */
export interface LoadedCodec {
  readonly file: PluginFile
  readonly manifest: Manifest
  readonly codec: Codec
  /** Nothing new speaks it from now on. */
  replaced(): void
}

interface MadeCodec {
  readonly codec: Codec
  replaced(): void
  end(): void
}

export class GuestCodecs {
  readonly #parts: LoaderParts
  readonly #codecs = new Shelf<Promise<LoadedCodec>>((made) => {
    made.then(
      ({ codec, replaced }) => {
        replaced()
        replace(codec)
      },
      () => undefined,
    )
  })

  constructor(parts: LoaderParts) {
    this.#parts = parts
  }

  /** How many are alive for configurations that run. */
  get count(): number {
    return this.#codecs.size
  }

  /** The promise rejects with a sentence when the file cannot be used. */
  take(file: PluginFile, settings: PluginSettings): Held<Promise<LoadedCodec>> {
    const { grants, fuel, memory, config } = settings
    const key = JSON.stringify([file.path, file.hash, grants.toSorted(), fuel, memory, config])
    return this.#codecs.take(key, () => this.#load(file, settings))
  }

  async #load(file: PluginFile, settings: PluginSettings): Promise<LoadedCodec> {
    const manifest = await this.#manifest(file, settings)
    const { version } = manifest
    const digits = file.hash.slice(0, HASH_DIGITS)
    const life = {
      version: version === undefined ? digits : `${version}-${digits}`,
      replaced: false,
      connections: 0,
      users: 0,
    }
    if (file.kind === 'yaml') {
      const codec = schemaCodec(file)
      codec.life = { ...life, end: () => undefined }
      return { file, manifest, codec, replaced: () => undefined }
    }
    const { codec, replaced, end } = await this.#guest(file, settings, manifest)
    codec.life = { ...life, end }
    return { file, manifest, codec, replaced }
  }

  async #guest(file: PluginFile, settings: PluginSettings, manifest: Manifest): Promise<MadeCodec> {
    const { name, path } = file
    const runtime = this.#parts.runtimes.find(({ kind }) => kind === file.kind)
    if (runtime?.loadCodec === undefined)
      throw new Error(`${path}: nothing here runs .codec.${file.kind} files`)
    if (settings.trusted) throw new Error(`${path}: trusted is for filters: a codec stays contained`)
    const grants = bareGrants | bitsOf(settings.grants)
    const bytes = Buffer.from(file.bytes)
    const { fuel, memory } = settings
    const { module, limits } = await runtime.loadCodec({
      name,
      path,
      bytes,
      original: file.bytes,
      grants,
      fuel,
      memoryBytesMax: memory,
    })
    try {
      return await this.#made(file, settings, { manifest, module, limits, grants })
    } catch (error) {
      // A process of its own would wait for ever for what nobody will ask.
      module.close?.()
      throw error
    }
  }

  async #made(
    file: PluginFile,
    settings: PluginSettings,
    { manifest, module, limits, grants }: CodecModule & Pick<LoadedCodec, 'manifest'> & { grants: number },
  ): Promise<MadeCodec> {
    const { host, services } = this.#parts
    const { name, path } = file
    const config = { ...manifest.config, ...settings.config }
    const fault = await prepareGuest(module, [config], { grants, clock: host.clock })
    if (fault !== undefined) throw new Error(`${path}: ${fault.text}`)
    const protocol = protocolOf(name) ?? name
    const made = createGuestCodec({
      ...{ protocol, plugin: name, module, config, grants, limits, host },
      services: versionedServices(services, file.hash),
    })
    if (made instanceof Trap) throw new Error(`${path}: ${made.text}`)
    if ('warm' in made) await made.warm()
    return { codec: made, replaced: () => made.replaced(), end: () => end(made, module) }
  }

  /** Beside the file, or in it. */
  async #manifest(file: PluginFile, settings: PluginSettings): Promise<Manifest> {
    const { name, path } = file
    const { manifest, schema } = await ownManifest(file, this.#parts.runtimes)
    const missing = ungranted(name, manifest, settings)
    if (missing !== undefined) throw new Error(`${path}: ${missing}`)
    const wrong = schema === undefined ? [] : explain(schema, { ...manifest.config, ...settings.config })
    if (wrong.length > 0) throw new UnfitConfig(path, wrong)
    return manifest
  }
}

function schemaCodec(file: PluginFile): Codec {
  const text = Buffer.from(file.bytes).toString('utf8')
  const read = readSchemaCodec(protocolOf(file.name) ?? file.name, file.path, text)
  if (read.kind === 'codec') return read.factory.create()
  throw new Error(read.problems.map(problemText).join('; '))
}

/** What lies in this thread goes with the last that holds it, as a request may that still waits for a connection. */
function end(codec: { ended(): void; close(): void }, module: GuestModule): void {
  codec.ended()
  if (!module.remote) return
  codec.close()
  module.close?.()
}

/** Nothing new speaks it from now on. */
function replace({ life }: { readonly life?: CodecLife }): void {
  if (life === undefined) return
  life.replaced = true
  if (life.users === 0) life.end()
}
