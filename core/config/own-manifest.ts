/**
 * OwnManifest: what a plugin says of itself, beside its file or in it, with its JSON Schema ready to be held against
 * configurations. Filters and codecs are read alike, by those that load them and by those that only look.
 */
import type { TSchema } from 'typebox'
import { errorText } from '../base/error-text.ts'
import type { GuestRuntime } from '../plugin/guest-runtime.ts'
import type { Manifest } from '../plugin/manifest.ts'
import { manifestPlace, type PluginFile } from '../plugin/plugin-file.ts'
import { readManifest } from './plugin-manifest.ts'
import type { PlainMap } from './shape.ts'
import { strangeSchema } from './strange-schema.ts'

export interface OwnManifest {
  readonly manifest: Manifest
  /** What its configuration must fit; `undefined` when any does. */
  readonly schema: TSchema | undefined
}

/** Nothing is granted to a file that is asked. The promise rejects with a sentence when there is a fault in what it says. */
export async function ownManifest(file: PluginFile, runtimes: readonly GuestRuntime[]): Promise<OwnManifest> {
  const { name, path } = file
  const runtime = runtimes.find(({ kind }) => kind === file.kind)
  const bytes = Buffer.from(file.bytes)
  const place = manifestPlace(file)
  const read = readManifest(
    file.manifest ?? (await runtime?.manifestIn?.({ name, path, bytes })),
    name,
    place,
  )
  if (typeof read === 'string') throw new Error(read)
  return { manifest: read.manifest, schema: await checkable(read.schema, place) }
}

/** What is no schema at all was refused already; what the library has against one still comes with its place. */
async function checkable(schema: PlainMap | undefined, place: string): Promise<TSchema | undefined> {
  if (schema === undefined) return undefined
  try {
    return await strangeSchema(schema)
  } catch (error) {
    throw new Error(`${place}: options: cannot be used: ${errorText(error)}`)
  }
}
