/**
 * ValidatePlugins: everything that is wrong with a configuration together with the plugins of its folder, which are
 * loaded, tried and let go of again. A plugin that is refused and that no listener names is no problem of the file.
 */
import { dirname, resolve } from 'node:path'
import { KeyValues } from '../base/shared/key-values.ts'
import { TimingWheel } from '../base/timing-wheel.ts'
import type { PluginRefusal } from '../plugin/plugin-file.ts'
import type { Registry } from '../plugin/registry.ts'
import { validate } from './compile.ts'
import { inertHost } from './inert-host.ts'
import type { LoadedConfig } from './load.ts'
import type { ConfigProblem } from './problem.ts'
import { entry, textEntry } from './shape.ts'

/** Where the file does not say, or says it wrongly. */
const FILES_MAX = 64
const FILE_BYTES_MAX = 16 * 1_048_576

export interface ValidatedPlugins {
  readonly problems: readonly ConfigProblem[]
  readonly refused: readonly PluginRefusal[]
  /** What is no mistake, but may not be meant. */
  readonly notices: readonly ConfigProblem[]
}

/** `file` is where the configuration stands. */
export async function validatePlugins(
  loaded: LoadedConfig,
  file: string,
  registry: Registry,
): Promise<ValidatedPlugins> {
  // A file that is wrong elsewhere may still name plugins, and these are not unknown then.
  const written = textEntry(entry(loaded.source.value, 'plugins'), 'dir')
  if (written === undefined || written === '')
    return { problems: validate(loaded, registry, inertHost), refused: [], notices: [] }
  const dir = resolve(dirname(file), written)
  const [{ GuestPlugins }, { createGuestRuntimes }, { readPluginFolder }, { strayFiles }] = await Promise.all(
    [
      import('./guest-plugins.ts'),
      import('../plugin/guest-runtimes.ts'),
      import('../plugin/plugin-folder.ts'),
      import('../plugin/stray-files.ts'),
    ],
  )
  const options = loaded.config?.plugins
  const reading = await readPluginFolder(dir, {
    filesMax: options?.['files-max'] ?? FILES_MAX,
    fileBytesMax: options?.['size-max'] ?? FILE_BYTES_MAX,
  })
  const unread = reading.problems.map(({ name, text, path }) => ({
    name,
    hash: '',
    reason: `${path}: ${text}`,
  }))
  const store = KeyValues.alone()
  const guests = new GuestPlugins({
    runtimes: createGuestRuntimes(),
    host: inertHost,
    services: {
      wheel: new TimingWheel({ ...inertHost.clock, refresh: () => undefined }),
      defer: () => undefined,
      keyValue: (plugin, quota) => store.part(plugin, quota),
    },
  })
  const build = await guests.build(
    loaded,
    { dir, files: reading.files, refused: unread, disabled: [] },
    registry,
  )
  const problems = validate(build.loaded, build.registry, inertHost)
  build.release()
  const { problem } = reading
  const told = problem === undefined ? await strayFiles(dir) : [problem]
  const notices = told.map((text) => loaded.source.problem(['plugins', 'dir'], text))
  return { problems, refused: [...unread, ...build.refused], notices: [...notices, ...build.notices] }
}
