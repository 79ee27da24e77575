/** AdminAddress: where the weir that is meant has its admin API: as said, or as its configuration has it. */
import type { Call, CommandOption } from './command.ts'
import type { CliHost } from './host.ts'
import { DEFAULT_FILE } from './validate.ts'

export const adminOptions: Readonly<Record<string, CommandOption>> = {
  config: {
    type: 'string',
    short: 'c',
    value: 'FILE',
    about: `the configuration that it runs with; default ${DEFAULT_FILE}`,
  },
  admin: { type: 'string', value: 'ADDRESS', about: "its admin API; default: the configuration's" },
}

/** `undefined` when the file does not say; its problems are printed then. */
export async function adminAddress(call: Call, host: CliHost): Promise<string | undefined> {
  const said = call.text('admin')
  return said === undefined ? await inFile(call.text('config') ?? DEFAULT_FILE, host) : plainAddress(said)
}

/** As browsers have it, too, and a port alone, which is one of this machine. */
function plainAddress(said: string): string {
  const address = /^http:\/\/([^/]+)/.exec(said)?.[1] ?? said
  return /^:?\d+$/.test(address) ? `127.0.0.1:${address.replace(':', '')}` : address
}

async function inFile(file: string, host: CliHost): Promise<string | undefined> {
  const read = await host.readFile(file)
  const [{ loadConfig }, { problemText }] = await Promise.all([
    import('../config/load.ts'),
    import('../config/problem.ts'),
  ])
  if (read.kind === 'problem') {
    host.err(`${file}: ${read.text} (--admin gives the address without one)\n`)
    return undefined
  }
  const { config, problems } = loadConfig(read.text, file, await host.loadPlugins())
  for (const problem of problems) host.err(`${problemText(problem)}\n`)
  return config?.admin.address
}
