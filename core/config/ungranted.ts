/** Ungranted: what a plugin asks for in its manifest and nobody granted, and the line of the configuration that grants it. */
import { bareGrants, type Grant, grantBits } from '../guest/grant.ts'
import type { Manifest } from '../plugin/manifest.ts'
import type { PluginSettings } from '../plugin/options.ts'

/** A sentence with all that is missing; `undefined` when nothing is. */
export function ungranted(name: string, manifest: Manifest, settings: PluginSettings): string | undefined {
  const missing = manifest.capabilities.filter((grant) => !granted(grant, settings))
  if (missing.length === 0) return undefined
  const line = `grants: [${[...written(settings), ...missing].join(', ')}]`
  return `it needs ${missing.join(', ')}, which nobody granted: write ${line} under plugins.settings.${name}`
}

function granted(grant: Grant, settings: PluginSettings): boolean {
  return settings.grants.includes(grant) || (bareGrants & grantBits[grant]) !== 0
}

/** What stands there already. */
function written({ grants, callsTo }: PluginSettings): readonly string[] {
  if (callsTo === undefined) return grants
  return [...grants.filter((grant) => grant !== 'calls'), `{ calls: [${callsTo.join(', ')}] }`]
}
