/** TestCases: recorded exchanges as cases for `weir plugin test`, each with its frames. */
import { writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { stringify } from 'yaml'
import type { CallRecord } from '../../exchange/call-record.ts'
import type { Call } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import type { CliHost } from '../host.ts'
import { readBytes } from '../inspect/read-bytes.ts'
import { WrongUsage } from '../wrong-usage.ts'
import { failed, readRecording } from './recording-file.ts'

const CASES_MAX = 1_000
const NAME_CHARS_MAX = 160

export async function writeTestCases(file: string, call: Call, host: CliHost): Promise<number> {
  const { records } = readRecording((await readBytes(file)).toString('utf8'), file)
  const onlyFailing = call.flag('only-failing') === true
  const wanted = records.filter((record) => record.request !== null && (!onlyFailing || failed(record)))
  if (wanted.length === 0) {
    host.err(`weir record test: ${file} has no ${onlyFailing ? 'call that failed' : 'frames'}\n`)
    return exitCodes.failed.code
  }
  const name = call.text('plugin') ?? basename(file).replace(/\..*$/, '')
  const own = `${name}.test.yaml`
  const out = call.text('out') ?? join(dirname(file), own)
  if (call.text('plugin') !== undefined && basename(out) !== own)
    throw new WrongUsage(`the cases of "${name}" stand in a file ${own}, not ${basename(out)}`)
  await writeFile(out, casesText(wanted.slice(0, CASES_MAX), file), { flag: 'wx' }).catch(
    (error: unknown) => {
      throw existing(error) ? new Error(`${out} is there already; name another file with --out`) : error
    },
  )
  const count = Math.min(wanted.length, CASES_MAX)
  host.err(`weir record test: ${count === 1 ? '1 case' : `${count} cases`} in ${out}\n`)
  return exitCodes.ok.code
}

/** The text of a file of cases. */
export function casesText(records: readonly CallRecord[], file: string): string {
  const head =
    `# Recorded calls of ${basename(file)}; say under expect what the plugin is to do with each.\n` +
    '# What another filter of the chain refused is not its doing: expect: { verdict: continue }\n'
  return head + stringify({ cases: records.map(caseOf) }, { lineWidth: 0 })
}

function caseOf(record: CallRecord, index: number) {
  const { protocol, request, response, operation, kind, id, error, peer } = record
  const what = operation === '' ? kind : operation
  const came =
    error !== '' ? error : record.responseKind === 'error' ? `status ${record.status}` : record.result
  const name = `${index + 1}: ${what}, id ${id}, ended with ${came}`.slice(0, NAME_CHARS_MAX)
  return {
    name,
    request: { [protocol]: hex(request), peer },
    ...expectation(record),
    ...(response === null ? {} : { response: { [protocol]: hex(response) } }),
  }
}

/** What filters answered with an error is what they are to answer again. */
function expectation({ error, errorText, responseKind }: CallRecord) {
  const own = error === 'denied' || error === 'over_limit'
  return own && responseKind === '' ? { expect: { error, text: errorText } } : {}
}

function hex(base64: string | null): string {
  return Buffer.from(base64 ?? '', 'base64').toString('hex')
}

function existing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST'
}
