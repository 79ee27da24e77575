/** `weir plugin`: what authors of plugins type, and what operators ask of a weir that runs. */
import { pluginBenchCommand } from './author/plugin-bench.ts'
import { pluginBuildCommand } from './author/plugin-build.ts'
import { pluginNewCommand } from './author/plugin-new.ts'
import { pluginTestCommand } from './author/plugin-test.ts'
import type { Command } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import { operatorCommands } from './plugin-operator.ts'

export const pluginCommand: Command = {
  name: 'plugin',
  about: 'write, test and measure plugins, and see and switch those of a weir that runs',
  usage: 'plugin COMMAND [options]',
  options: {},
  commands: [
    pluginNewCommand,
    pluginBuildCommand,
    pluginTestCommand,
    pluginBenchCommand,
    ...operatorCommands,
  ],
  examples: [
    ['weir plugin new filter tag --lang lua', 'a folder with a filter and its test'],
    ['weir plugin test tag', 'run the test, without a proxy'],
    ['weir plugin list', 'what runs in a weir, and what is wrong with it'],
  ],
  // The parser finds the command below, or says what is missing.
  run: async () => exitCodes.usage.code,
}
