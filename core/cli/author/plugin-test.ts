/** `weir plugin test`: runs the tests of plugins, without a proxy. */
import type { Call, Command } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import type { CliHost } from '../host.ts'

export const pluginTestCommand: Command = {
  name: 'plugin test',
  about: 'run the tests of plugins, without a proxy',
  usage: 'plugin test [PATH...] [--json]',
  options: {
    json: { type: 'boolean', about: 'print a JSON document on standard output instead of text' },
  },
  argument: 'PATH',
  examples: [
    ['weir plugin test', 'every NAME.test.yaml, .test.lua, .test.js and .vectors.yaml of this folder'],
    ['weir plugin test tag', 'those of the folder tag'],
    ['weir plugin test plugins/tag.lua', 'those of one plugin'],
    ['weir plugin test my-protocol', 'a codec: its vectors, through everything that peers and filters do'],
  ],
  run,
}

async function run(call: Call, host: CliHost): Promise<number> {
  const [{ TestRun, testFilesAt }, { testJson, testReport }, { createPaint }] = await Promise.all([
    import('./test-run.ts'),
    import('./test-report.ts'),
    import('./paint.ts'),
  ])
  const paths = call.arguments.length === 0 ? ['.'] : call.arguments
  const files = (await Promise.all(paths.map(testFilesAt))).flat()
  const outcome = await new TestRun(await host.loadPlugins(), host).run([...new Set(files)])
  const report = testJson(outcome)
  if (call.flag('json') === true) host.out(`${JSON.stringify(report, undefined, 2)}\n`)
  else host.out(testReport(outcome, createPaint(host.coloured)))
  if (outcome.problems.length > 0) return exitCodes.invalid.code
  return report.passed ? exitCodes.ok.code : exitCodes.failed.code
}
