/**
 * LoadCheck: whether a worker could load a plugin that runs as it is, before it is put where one does: its manifest is
 * read, its source run, its examples tried, with everything granted that it asks for. What it has against a configuration
 * that nobody has given yet is no fault of its own.
 */

import { abi } from '../../../sdk/abi/abi.ts'
import { inertHost } from '../../config/inert-host.ts'
import { ownManifest } from '../../config/own-manifest.ts'
import { configFault, PluginLoader } from '../../config/plugin-loader.ts'
import { problemText } from '../../config/problem.ts'
import { readSchemaCodec } from '../../config/schema-codec.ts'
import { BlockWriter } from '../../guest/block.ts'
import { bareGrants, bitsOf } from '../../guest/grant.ts'
import type { GuestModule } from '../../guest/guest-instance.ts'
import { inertGuestHost } from '../../guest/inert-guest-host.ts'
import { prepareGuest } from '../../guest/prepare-guest.ts'
import { Trap } from '../../guest/trap.ts'
import { createGuestRuntimes } from '../../plugin/guest-runtimes.ts'
import { settingsOf } from '../../plugin/options.ts'
import { type PluginFile, protocolOf } from '../../plugin/plugin-file.ts'
import { createInertServices } from './inert-services.ts'

/** What an isolate says of a source that it cannot read. */
const UNREADABLE = /\bSyntaxError\b/

/** Throws a sentence, with file and line where they are known, when it could not be loaded. */
export async function loadCheck(file: PluginFile): Promise<void> {
  const protocol = protocolOf(file.name)
  if (file.kind === 'yaml') return checkSchema(protocol ?? file.name, file)
  await (protocol === undefined ? checkFilter(file) : checkCodec(file))
}

function checkSchema(protocol: string, { path, bytes }: PluginFile): void {
  const read = readSchemaCodec(protocol, path, Buffer.from(bytes).toString('utf8'))
  if (read.kind === 'problems') throw new Error(read.problems.map(problemText).join('\n'))
}

async function checkFilter(file: PluginFile): Promise<void> {
  const runtimes = createGuestRuntimes()
  const { manifest } = await ownManifest(file, runtimes)
  const settings = settingsOf({ grants: [...manifest.capabilities] })
  const loader = new PluginLoader({ runtimes, host: inertHost, services: createInertServices() })
  const held = loader.take(file, settings)
  try {
    const plugin = await held.thing
    const config = configFault(plugin, manifest.config) === undefined ? manifest.config : undefined
    const fault = await tried(plugin.module, config, plugin.grants)
    if (fault !== undefined) throw unusable(file, fault)
  } finally {
    held.release()
  }
}

async function checkCodec(file: PluginFile): Promise<void> {
  const runtimes = createGuestRuntimes()
  const { manifest, schema } = await ownManifest(file, runtimes)
  const { name, path, kind } = file
  const runtime = runtimes.find((each) => each.kind === kind)
  if (runtime?.loadCodec === undefined) throw new Error(`${path}: nothing here runs .codec.${kind} files`)
  const grants = bareGrants | bitsOf(manifest.capabilities)
  const bytes = Buffer.from(file.bytes)
  const budget = { fuel: undefined, memoryBytesMax: undefined }
  const { module } = await runtime.loadCodec({ name, path, bytes, grants, ...budget })
  try {
    const config = configFault({ schema }, manifest.config) === undefined ? manifest.config : undefined
    const fault = await tried(module, config, grants)
    if (fault !== undefined) throw unusable(file, fault)
  } finally {
    module.close?.()
  }
}

function unusable({ name, path }: PluginFile, fault: string): Error {
  return new Error(`${path}: the plugin ${name} cannot be used: ${fault}`)
}

/** Runs the source, and hands it its configuration where there is one that fits; why either failed. */
async function tried(module: GuestModule, config: unknown, grants: number): Promise<string | undefined> {
  if (module.prepare !== undefined) {
    const fault = await prepareGuest(module, [config], { grants, clock: inertHost.clock })
    return fault === undefined || (config === undefined && !UNREADABLE.test(fault.text))
      ? undefined
      : fault.text
  }
  const instance = module.instantiate({ ...inertGuestHost, grants })
  if (instance instanceof Trap) return instance.text
  const writer = new BlockWriter()
  writer.configure(Buffer.from(JSON.stringify(config ?? {})), grants, inertHost.clock)
  const answer =
    config === undefined ? undefined : instance.call(abi.phase.configure, writer.bytes, writer.size)
  instance.close()
  return answer instanceof Trap ? answer.text : undefined
}
