/** `weir schema`: the JSON Schema of the configuration, for editors and for other programs. */
import { jsonSchema } from '../config/json-schema.ts'
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
    host.out(`${JSON.stringify(jsonSchema(await host.loadPlugins()), undefined, 2)}\n`)
    return exitCodes.ok.code
  },
}
