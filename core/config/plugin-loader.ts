/**
 * PluginLoader: makes the files of a plugin folder ready in one worker: manifest, grants, compiled module, examples.
 * What was made for a file stays while a configuration uses it, so that a reload compiles only what is new.
 */

import { setImmediate as turnOver } from 'node:timers/promises'
import type { TSchema } from 'typebox'
import { type Filter, type FilterContext, Type } from '../../sdk/index.ts'
import { KeyValues } from '../base/shared/key-values.ts'
import { writtenOut } from '../base/written-out.ts'
import { createGuestFilter, type RouteConfig } from '../guest/create-guest-filter.ts'
import { bareGrants, bitsOf } from '../guest/grant.ts'
import { defaultGuestBudget } from '../guest/guest-budget.ts'
import type { FailurePolicy } from '../guest/guest-health.ts'
import type { StoreQuota } from '../guest/guest-host.ts'
import type { GuestModule } from '../guest/guest-instance.ts'
import type { GuestServices } from '../guest/guest-services.ts'
import type { CallOutPort } from '../guest/held-messages.ts'
import { prepareGuest } from '../guest/prepare-guest.ts'
import type { GuestRuntime } from '../plugin/guest-runtime.ts'
import type { Manifest, ManifestExample } from '../plugin/manifest.ts'
import type { PluginSettings } from '../plugin/options.ts'
import { manifestPlace, type PluginFile } from '../plugin/plugin-file.ts'
import { selfTest } from '../plugin/self-test.ts'
import { type Held, Shelf } from '../plugin/shelf.ts'
import type { FilterHost } from './chain.ts'
import { explain } from './explain.ts'
import { inertHost } from './inert-host.ts'
import { locatedFindings } from './located-findings.ts'
import { ownManifest } from './own-manifest.ts'
import { pathText } from './path.ts'
import { isMapValue } from './shape.ts'
import { strangeSchema } from './strange-schema.ts'
import { ungranted } from './ungranted.ts'
import { versionedServices } from './versioned-services.ts'

export interface LoaderParts {
  readonly runtimes: readonly GuestRuntime[]
  readonly host: FilterHost
  readonly services: GuestServices
  /** Is shown every filter that will serve. */
  watch?(filter: Filter, plugin: string): void
}

/** A plugin that may be used in chains. */
export interface LoadedPlugin {
  readonly name: string
  readonly file: PluginFile
  readonly settings: PluginSettings
  readonly manifest: Manifest
  readonly schema: TSchema | undefined
  /** What a route may say on top of it: the same, but for what has to be there. */
  readonly routeSchema: TSchema
  readonly module: GuestModule
  readonly grants: number
}

/** What makes two loads the same: the file, and what it is allowed. */
export function loadKey(file: PluginFile, settings: PluginSettings): string {
  const { grants, fuel, memory, trusted } = settings
  return JSON.stringify([file.name, file.path, file.hash, grants.toSorted(), fuel, memory, trusted])
}

/** Completes the configuration; a string says why it does not fit. */
export function configFault(plugin: Pick<LoadedPlugin, 'schema'>, config: unknown): string | undefined {
  const wrong = plugin.schema === undefined ? [] : explain(plugin.schema, config)
  return wrong.length === 0 ? undefined : locatedFindings(wrong, undefined, [])
}

export class PluginLoader {
  readonly #parts: LoaderParts
  readonly #loads = new Shelf<Promise<LoadedPlugin>>((load) => {
    load.then(
      ({ module }) => module.close?.(),
      () => undefined,
    )
  })

  constructor(parts: LoaderParts) {
    this.#parts = parts
  }

  get loadedCount(): number {
    return this.#loads.size
  }

  /** The promise rejects with a sentence when the file cannot be used. */
  take(file: PluginFile, settings: PluginSettings): Held<Promise<LoadedPlugin>> {
    return this.#loads.take(loadKey(file, settings), () => this.#load(file, settings))
  }

  async #load(file: PluginFile, settings: PluginSettings): Promise<LoadedPlugin> {
    const { name, path } = file
    const runtime = this.#parts.runtimes.find(({ kind }) => kind === file.kind)
    if (runtime === undefined) throw new Error(`${path}: nothing here runs .${file.kind} files`)
    if (settings.trusted && file.kind !== 'js') {
      throw new Error(
        `${path}: trusted is for JavaScript: what is in .${file.kind} files is as fast where it is contained`,
      )
    }
    const { manifest, schema } = await ownManifest(file, this.#parts.runtimes)
    const missing = ungranted(name, manifest, settings)
    if (missing !== undefined) throw new Error(`${path}: ${missing}`)
    const grants = bareGrants | bitsOf(settings.grants)
    const routeSchema = await routeSchemaOf(schema)
    const module = await runtime.load({
      name,
      path,
      bytes: Buffer.from(file.bytes),
      original: file.bytes,
      grants,
      fuel: settings.fuel,
      memoryBytesMax: settings.memory,
      trusted: settings.trusted,
    })
    const plugin = { name, file, settings, manifest, schema, routeSchema, module, grants }
    try {
      await this.#tryAll(plugin, manifestPlace(file))
    } catch (error) {
      module.close?.()
      throw error
    }
    return plugin
  }

  async #tryAll(plugin: LoadedPlugin, place: string): Promise<void> {
    for (const [index, example] of plugin.manifest.examples.entries()) {
      await turnOver()
      const fault = await this.#try(plugin, example)
      const title = example.title === undefined ? `examples[${index}]` : writtenOut(example.title)
      if (fault !== undefined) throw new Error(`${place}: ${title}: ${fault}`)
    }
  }

  /** Examples run on an instance of their own, which counts nothing and is let go of again. */
  async #try(plugin: LoadedPlugin, example: ManifestExample): Promise<string | undefined> {
    const config = { ...plugin.manifest.config, ...plugin.settings.config, ...example.config }
    const wrong = configFault(plugin, config)
    if (wrong !== undefined) return wrong
    const failures: string[] = []
    const log = { ...inertHost.log, warn: (text: string) => void failures.push(text) }
    const host = { ...inertHost, log }
    const { failed: _reported, callOut: _unused, turns: _alone, ...live } = this.#parts.services
    const store = KeyValues.alone()
    const services = { ...live, keyValue: (name: string, quota: StoreQuota) => store.part(name, quota) }
    await prepare(plugin, config, { host })
    const made = makeGuest(plugin, config, { host, services })
    if (typeof made === 'string') return made
    try {
      const fault = await selfTest(made, example)
      return fault === undefined ? undefined : [fault, ...failures.slice(0, 1)].join(': ')
    } finally {
      made.onDestroy?.()
    }
  }
}

/** Asks the plugin first, where it answers later; then {@link makeGuest} can make filters of it at once. */
export async function prepare(
  { name, file, module, grants }: LoadedPlugin,
  config: unknown,
  given: { readonly host: FilterHost; readonly routeConfigs?: readonly RouteConfig[] },
): Promise<void> {
  const { host, routeConfigs = [] } = given
  const configs = [config, ...routeConfigs.map((each) => each.config)]
  const fault = await prepareGuest(module, configs, { grants, clock: host.clock })
  if (fault !== undefined) throw new Error(`${file.path}: the plugin ${name} cannot be used: ${fault.text}`)
}

async function routeSchemaOf(schema: TSchema | undefined): Promise<TSchema> {
  if (!isMapValue(schema)) return Type.Object({})
  const { required: _needed, ...optional } = schema
  return await strangeSchema(optional)
}

/** A filter of the plugin; a string says why there is none. */
export function makeGuest(
  plugin: LoadedPlugin,
  config: unknown,
  given: {
    readonly host: FilterHost
    readonly services: GuestServices
    readonly routeConfigs?: readonly RouteConfig[]
    readonly policy?: FailurePolicy
  },
) {
  const { name, module, settings, grants } = plugin
  const { host, services, routeConfigs = [], policy = 'closed' } = given
  const problems: string[] = []
  const context: FilterContext = {
    listener: '',
    protocol: '',
    path: `plugins.settings.${name}`,
    clock: host.clock,
    log: host.log,
    shared: host.shared,
    random: () => host.random(),
    cluster: () => undefined,
    clusterNames: [],
    problem: (at, text) => problems.push(placed(pathText(at), text)),
    onReopen: () => undefined,
  }
  const filter = createGuestFilter({
    plugin: name,
    module,
    config,
    routeConfigs,
    grants,
    policy,
    budget: { ...defaultGuestBudget, store: settings.store },
    context,
    services: { ...versionedServices(services, plugin.file.hash), ...callsOf(settings, services.callOut) },
  })
  if (problems.length === 0) return filter
  filter.onDestroy?.()
  return `${plugin.file.path}: ${problems.join('; ')}`
}

/** Calls out, to the clusters that the plugin was granted. */
function callsOf(
  { callsTo }: PluginSettings,
  callOut: CallOutPort | undefined,
): Pick<GuestServices, 'callOut'> {
  if (callOut === undefined || callsTo === undefined) return callOut === undefined ? {} : { callOut }
  return {
    callOut: (call, answered) => {
      if (callsTo.includes(call.cluster)) callOut(call, answered)
      else answered(`the plugin may not call out ${call.cluster}: add it to "calls" in its "grants"`)
    },
  }
}

function placed(path: string, text: string): string {
  return path === '' ? text : `${path}: ${text}`
}
