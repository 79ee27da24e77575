/** `weir plugin bench`: what a call of a plugin costs: time, fuel and memory, for each phase. */
import { protocolOf } from '../../plugin/plugin-file.ts'
import type { Call, Command } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import type { CliHost } from '../host.ts'
import { WrongUsage } from '../wrong-usage.ts'

const MS_DEFAULT = 500
const MS_MAX = 60_000

export const pluginBenchCommand: Command = {
  name: 'plugin bench',
  about: 'measure what a call of a plugin costs: time, fuel and memory',
  usage: 'plugin bench PATH [--ms N] [--json]',
  options: {
    ms: { type: 'string', value: 'N', about: `how long each phase is measured; default ${MS_DEFAULT}` },
    json: { type: 'boolean', about: 'print a JSON document on standard output instead of text' },
  },
  argument: 'PATH',
  examples: [
    ['weir plugin bench tag', 'on the first message of tag.test.yaml, or on one like those of Dubbo'],
    ['weir plugin bench my-protocol', 'a codec, on the frames of its vectors'],
    ['weir plugin bench plugins/tag.wasm --ms 2000 --json', 'longer, and for programs'],
  ],
  run,
}

async function run(call: Call, host: CliHost): Promise<number> {
  const [path, ...more] = call.arguments
  const ms = call.text('ms') ?? String(MS_DEFAULT)
  const wrong = mistakeOf(path, more, ms)
  if (wrong !== undefined || path === undefined) throw new WrongUsage(wrong ?? 'say which plugin')
  const [{ benchPlugin, sampleOf }, { benchCodec }, { pluginFilesAt, Subjects, vectorsOf }, tables] =
    await Promise.all([
      import('./bench-run.ts'),
      import('./codec-bench.ts'),
      import('./subject.ts'),
      import('./bench-table.ts'),
    ])
  const { benchTable, codecBenchTable } = tables
  const subjects = new Subjects()
  const registry = await host.loadPlugins()
  const reports = []
  const codecs = []
  const options = { ms: Number(ms), nowMs: () => host.nowMs() }
  for (const file of await pluginFilesAt(path)) {
    if (protocolOf(file.name) !== undefined) {
      codecs.push(await benchCodec(await subjects.loadCodec(file), await vectorsOf(file), options))
      continue
    }
    const sample = await sampleOf(file, { registry, subjects })
    const plugin = await subjects.load(file, sample.grants)
    reports.push(await benchPlugin(plugin, sample, options))
  }
  if (call.flag('json') === true) host.out(`${JSON.stringify({ plugins: reports, codecs }, undefined, 2)}\n`)
  else host.out([...reports.map(benchTable), ...codecs.map(codecBenchTable)].join('\n'))
  return [...reports, ...codecs].some(({ failure }) => failure !== null)
    ? exitCodes.failed.code
    : exitCodes.ok.code
}

function mistakeOf(path: string | undefined, more: readonly string[], ms: string): string | undefined {
  if (path === undefined) return 'say which plugin: its folder or its file'
  if (more.length > 0) return `unexpected argument "${more[0]}"`
  const count = /^[0-9]+$/.test(ms) ? Number(ms) : 0
  return count >= 1 && count <= MS_MAX ? undefined : `--ms needs a number from 1 to ${MS_MAX}, not "${ms}"`
}
