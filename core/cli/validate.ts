/** `weir validate`: whether configuration files are valid, with everything that is wrong with them. */
import { problemText } from '../config/problem.ts'
import type { Call, Command } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import type { CliHost } from './host.ts'
import { pluginsDirOf, pluginsOption } from './plugins-dir.ts'
import { reportProblems } from './report.ts'

/** The file that commands read when they are given none. */
export const DEFAULT_FILE = 'weir.yaml'

export const validateCommand: Command = {
  name: 'validate',
  about: 'check configuration files and name every problem',
  usage: 'validate [-c FILE]... [FILE...] [--plugins DIR] [--json]',
  options: {
    config: { type: 'string', short: 'c', value: 'FILE', multiple: true, about: `default ${DEFAULT_FILE}` },
    plugins: pluginsOption,
    json: { type: 'boolean', about: 'print a JSON document on standard output instead of text' },
  },
  argument: 'FILE',
  examples: [
    ['weir validate -c weir.yaml', 'one line per problem: file:line:column: path: what is wrong'],
    ['weir validate conf/*.yaml', 'several files, each a whole configuration'],
    ['weir validate --json', `{"valid":false,"files":[{"file":"${DEFAULT_FILE}","problems":[…]}]}`],
  ],
  run: runValidate,
}

async function runValidate(call: Call, host: CliHost): Promise<number> {
  const given = [...call.texts('config'), ...call.arguments]
  const files = given.length === 0 ? [DEFAULT_FILE] : given
  // Loaded here, because `run` needs none of it in its main thread and would keep it.
  const { checkFile } = await import('./check.ts')
  const registry = await host.loadPlugins()
  const checked = await Promise.all(files.map((file) => checkFile(file, registry, host, pluginsDirOf(call))))
  const valid = checked.every(({ problems }) => problems.length === 0)
  if (call.flag('json') === true) {
    const report = checked.map(({ file, problems, warnings }) => ({
      file,
      valid: problems.length === 0,
      problems,
      ...(warnings.length === 0 ? {} : { warnings }),
    }))
    host.out(`${JSON.stringify({ valid, files: report }, undefined, 2)}\n`)
  } else {
    for (const { file, text, problems, warnings } of checked) {
      for (const warning of warnings) host.err(`warning: ${problemText(warning)}\n`)
      if (problems.length === 0) host.out(`${file}: valid\n`)
      else reportProblems(problems, text, host)
    }
  }
  return valid ? exitCodes.ok.code : exitCodes.invalid.code
}
