/** PluginUse: what a worker says about a plugin of the folder that it can run. */
import type { LoadedCodec } from './guest-codecs.ts'
import type { ListenerPlan } from './plan.ts'
import type { LoadedPlugin } from './plugin-loader.ts'
import type { PluginPlace } from './plugin-places.ts'

export interface PluginUse {
  readonly name: string
  readonly version: string
  readonly listeners: readonly string[]
  /** Whether it runs uncontained. */
  readonly trusted?: boolean
}

export function filterUse(plugin: LoadedPlugin, places: readonly PluginPlace[]): PluginUse {
  const { name, manifest, settings } = plugin
  const own = places.filter((place) => place.plugin.name === name)
  return {
    name,
    version: manifest.version ?? '',
    listeners: [...new Set(own.map(({ listener }) => listener.name))],
    ...(settings.trusted ? { trusted: true } : {}),
  }
}

export function codecUse(
  { file, manifest, codec }: LoadedCodec,
  listeners: readonly ListenerPlan[],
): PluginUse {
  const sniffed = codec.sniff !== undefined
  const speakers = listeners.filter(({ protocol, protocols }) =>
    protocol === 'auto' ? (protocols?.includes(codec.name) ?? sniffed) : protocol === codec.name,
  )
  return {
    name: file.name,
    version: manifest.version ?? '',
    listeners: speakers.map(({ name }) => name),
  }
}
