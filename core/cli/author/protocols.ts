/** Protocols: whose frames may stand in a file of cases: those that weir brings, and those of codecs beside the file. */
import type { Codec } from '../../../sdk/index.ts'
import { protocolOf } from '../../plugin/plugin-file.ts'
import type { Registry } from '../../plugin/registry.ts'
import { pluginFilesIn, type Subjects } from './subject.ts'

export interface Protocols {
  readonly names: readonly string[]
  codec(name: string): Codec | undefined
}

/** `text` is the file's: codecs that it does not name are not loaded. Throws when one that it names cannot be used. */
export async function protocolsAt(
  dir: string,
  text: string,
  { registry, subjects }: { readonly registry: Registry; readonly subjects: Subjects },
): Promise<Protocols> {
  const own = new Map<string, Codec>()
  for (const file of await pluginFilesIn(dir)) {
    const protocol = protocolOf(file.name)
    if (protocol === undefined || !text.includes(`${protocol}:`)) continue
    own.set(protocol, (await subjects.loadCodec(file)).codec)
  }
  return {
    names: [...new Set([...registry.codecNames, ...own.keys()])],
    codec: (name) => own.get(name) ?? registry.codec(name),
  }
}
