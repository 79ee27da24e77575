/** `weir schema`: the JSON Schema of the configuration, or of declared codecs, for editors and for other programs. */
import { hint } from '../../sdk/index.ts'
import type { Command } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import { WrongUsage } from './wrong-usage.ts'

const SUBJECTS = ['config', 'codec']

export const schemaCommand: Command = {
  name: 'schema',
  about: 'print the JSON Schema of the configuration, or of codecs that are declared',
  usage: 'schema [config|codec]',
  argument: 'SUBJECT',
  options: {},
  examples: [
    ['weir schema > weir.schema.json', 'for editors, which complete and check weir.yaml by it'],
    ['# yaml-language-server: $schema=./weir.schema.json', 'its first line, so that they do'],
    ['weir schema codec > codec.schema.json', 'the same for NAME.codec.yaml'],
  ],
  run: async ({ arguments: [subject = 'config', ...others] }, host) => {
    const strange = SUBJECTS.includes(subject) ? others[0] : subject
    if (strange !== undefined) {
      throw new WrongUsage(`there is no schema of "${strange}"${hint(strange, SUBJECTS)}`)
    }
    // Loaded here, because `run` needs none of it in its main thread and would keep it.
    const { codecJsonSchema, jsonSchema } = await import('../config/json-schema.ts')
    const schema = subject === 'codec' ? codecJsonSchema() : jsonSchema(await host.loadPlugins())
    host.out(`${JSON.stringify(schema, undefined, 2)}\n`)
    return exitCodes.ok.code
  },
}
