/** `weir schema`: the JSON Schema of the configuration, for editors and for other programs. */
import type { Command } from './command.ts'
import { exitCodes } from './exit-codes.ts'

export const schemaCommand: Command = {
  name: 'schema',
  about: 'print the JSON Schema of the configuration',
  usage: 'schema',
  options: {},
  examples: [
    ['weir schema > weir.schema.json', 'then let the first line of weir.yaml be:'],
    ['# yaml-language-server: $schema=./weir.schema.json', 'and editors complete and check it'],
  ],
  run: async (_call, host) => {
    // Loaded here, because `run` needs none of it in its main thread and would keep it.
    const { jsonSchema } = await import('../config/json-schema.ts')
    host.out(`${JSON.stringify(jsonSchema(await host.loadPlugins()), undefined, 2)}\n`)
    return exitCodes.ok.code
  },
}
