/** `weir version`: the version of weir and of what it runs on. */
import { readFile } from 'node:fs/promises'
import type { Command } from './command.ts'
import { exitCodes } from './exit-codes.ts'

/** Beside `core/` in the checkout, one further up in a published build. */
const MANIFESTS = [
  new URL('../../package.json', import.meta.url),
  new URL('../../../package.json', import.meta.url),
]

export const versionCommand: Command = {
  name: 'version',
  about: 'print the version',
  usage: 'version [--json]',
  options: { json: { type: 'boolean', about: 'print a JSON document' } },
  examples: [['weir version', 'weir 0.1.0 (node 26.10.0)']],
  run: async (call, host) => {
    const version = await weirVersion()
    const node = host.nodeVersion
    host.out(
      call.flag('json') === true
        ? `${JSON.stringify({ version, node })}\n`
        : `weir ${version} (node ${node})\n`,
    )
    return exitCodes.ok.code
  },
}

async function weirVersion(): Promise<string> {
  for (const manifest of MANIFESTS) {
    const text = await readFile(manifest, 'utf8').catch(() => undefined)
    const parsed: unknown = text === undefined ? undefined : JSON.parse(text)
    if (typeof parsed !== 'object' || parsed === null || !('version' in parsed)) continue
    return String(parsed.version)
  }
  return 'unknown'
}
