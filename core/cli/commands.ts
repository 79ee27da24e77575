/** Commands: all that `weir` can do, in the order in which the overview shows them. */
import { devCommand } from './author/dev.ts'
import type { Command } from './command.ts'
import { inspectCommand } from './inspect/inspect.ts'
import { pluginCommand } from './plugin.ts'
import { recordCommand } from './record/record.ts'
import { replayCommand } from './record/replay.ts'
import { runCommand } from './run.ts'
import { schemaCommand } from './schema.ts'
import { validateCommand } from './validate.ts'
import { versionCommand } from './version.ts'

export const commands: readonly Command[] = [
  runCommand,
  devCommand,
  validateCommand,
  pluginCommand,
  inspectCommand,
  recordCommand,
  replayCommand,
  schemaCommand,
  versionCommand,
]
