/**
 * Subject: a plugin of some folder, loaded as a worker loads it, for its author to try. It is granted what its
 * manifest asks for unless somebody says otherwise.
 */
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { Clock, Codec } from '../../../sdk/index.ts'
import { hint } from '../../../sdk/nearest.ts'
import { readVectors } from '../../../sdk/testing/codec-kit/read-vectors.ts'
import type { CodecVectors } from '../../../sdk/testing/codec-kit/vectors.ts'
import { MemorySharedState } from '../../../sdk/testing/memory-shared-state.ts'
import { GuestCodecs } from '../../config/guest-codecs.ts'
import { inertHost } from '../../config/inert-host.ts'
import { ownManifest } from '../../config/own-manifest.ts'
import { type LoadedPlugin, type LoaderParts, PluginLoader } from '../../config/plugin-loader.ts'
import type { Grant } from '../../guest/grant.ts'
import type { Trap } from '../../guest/trap.ts'
import { createGuestRuntimes } from '../../plugin/guest-runtimes.ts'
import { settingsOf } from '../../plugin/options.ts'
import { codecPluginOf, type PluginFile, protocolOf } from '../../plugin/plugin-file.ts'
import { readPluginFolder } from '../../plugin/plugin-folder.ts'
import { createInertServices } from './inert-services.ts'

/** Failures of a codec that are looked at; then it is given up. */
const FAILURES_MAX = 8
const HOUR_MS = 3_600_000
const LIMITS = { filesMax: 64, fileBytesMax: 16 * 1_048_576 }

/** Loads plugins for one command; runtimes are started once. */
export class Subjects {
  readonly #parts: LoaderParts

  constructor() {
    this.#parts = {
      runtimes: createGuestRuntimes(),
      host: inertHost,
      services: createInertServices(),
    }
  }

  /** The plugin of this name in a folder. Throws a sentence when it cannot be used. */
  async open(dir: string, name: string, grants?: readonly Grant[]): Promise<LoadedPlugin> {
    return await this.load(await pluginFile(dir, name), grants)
  }

  async load(file: PluginFile, grants?: readonly Grant[]): Promise<LoadedPlugin> {
    const settings = settingsOf({ grants: [...(grants ?? (await this.#capabilities(file)))] })
    return await new PluginLoader(this.#parts).take(file, settings).thing
  }

  /** The codec of a protocol. Throws a sentence when it cannot be used. */
  async openCodec(dir: string, protocol: string): Promise<OpenCodec> {
    return await this.loadCodec(await pluginFile(dir, codecPluginOf(protocol)))
  }

  async loadCodec(file: PluginFile): Promise<OpenCodec> {
    const shared = new MemorySharedState(inertHost.clock)
    const failures = new Set<string>()
    let failed = 0
    let open: Codec | undefined
    const services = {
      ...this.#parts.services,
      failed: (_plugin: string, { text }: Trap) => {
        if (failed++ < FAILURES_MAX) failures.add(text)
        // Making it anew for each of thousands of trials would take minutes, and say nothing more.
        else open?.life?.end()
      },
    }
    const codecs = new GuestCodecs({
      ...this.#parts,
      services,
      host: { ...inertHost, clock: flyingClock(), shared },
    })
    const settings = settingsOf({ grants: [...(await this.#capabilities(file))] })
    const { codec } = await codecs.take(file, settings).thing
    open = codec
    const fuel = () => shared.read('plugin_fuel_total', { plugin: file.name })
    return { file, codec, fuel, failures }
  }

  /** What the plugin asks for. */
  async #capabilities(file: PluginFile): Promise<readonly Grant[]> {
    const { manifest } = await ownManifest(file, this.#parts.runtimes)
    return manifest.capabilities
  }
}

/** A codec, and the fuel that it has spent so far. */
export interface OpenCodec {
  readonly file: PluginFile
  readonly codec: Codec
  fuel(): number
  /** Why calls of it failed, with file and line where they are known; each once. */
  readonly failures: ReadonlySet<string>
}

/** Time in which whoever failed was left alone long enough whenever somebody looks: one failure spoils nothing else. */
function flyingClock(): Clock {
  let nowMs = 0
  return {
    get nowMs() {
      nowMs += HOUR_MS
      return nowMs
    },
    wallMs: 0,
  }
}

/** The file of a plugin in a folder. Throws what is wrong with it. */
export async function pluginFile(dir: string, name: string): Promise<PluginFile> {
  const reading = await readPluginFolder(resolve(dir), LIMITS)
  if (reading.problem !== undefined) throw new Error(reading.problem)
  const file = reading.files.find((each) => each.name === name)
  if (file !== undefined) return { ...file, path: join(dir, basename(file.path)) }
  const problem = reading.problems.find((each) => each.name === name)
  if (problem !== undefined) throw new Error(`${problem.path}: ${problem.text}`)
  const names = reading.files.map((each) => each.name)
  if (names.length > 0) throw new Error(`there is no plugin "${name}" in ${dir}${hint(name, names)}`)
  throw new Error(
    `there is no ${name}.lua, .js or .wasm in ${dir}; a compiled one is made by: weir plugin build ${dir}`,
  )
}

/** The plugins of a folder that can be read. */
export async function pluginFilesIn(dir: string): Promise<readonly PluginFile[]> {
  return (await readPluginFolder(resolve(dir), LIMITS)).files
}

/** The plugins of a folder, or the one that a file is or belongs to. */
export async function pluginFilesAt(path: string): Promise<readonly PluginFile[]> {
  const named =
    /^(.+?)\.(?:lua|js|wasm|plugin\.yaml|test\.yaml|test\.lua|test\.js)$|^(.+\.codec)\.yaml$/.exec(
      basename(path),
    )
  if (named !== null) return [await pluginFile(dirname(path), named[1] ?? named[2] ?? '')]
  const reading = await readPluginFolder(resolve(path), LIMITS)
  if (await isFile(path))
    throw new Error(`${path} is no plugin: name its folder, or a .lua, .js or .wasm file`)
  if (reading.problem !== undefined) throw new Error(reading.problem)
  const [problem] = reading.problems
  if (reading.files.length > 0) return reading.files
  if (problem !== undefined) throw new Error(`${problem.path}: ${problem.text}`)
  throw new Error(`there is no plugin in ${path}; a compiled one is made by: weir plugin build ${path}`)
}

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found?.isFile() === true
}

/** The frames that a codec is checked with. Throws when there are none. */
export async function vectorsOf(file: PluginFile): Promise<CodecVectors> {
  const path = join(dirname(file.path), `${protocolOf(file.name) ?? file.name}.vectors.yaml`)
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) throw new Error(`there is no ${path}, whose frames would be decoded`)
  return readVectors(text, path)
}
