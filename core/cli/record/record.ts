/** `weir record`: the exchanges of a listener of a weir that runs, into a file; and out of it, test cases. */
import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { adminAddress, adminOptions } from '../admin-address.ts'
import type { Call, Command } from '../command.ts'
import { durationOf } from '../duration-of.ts'
import { exitCodes } from '../exit-codes.ts'
import type { CliHost } from '../host.ts'
import { WrongUsage } from '../wrong-usage.ts'
import { RecordingClient } from './recording-client.ts'
import { recordingVersion, recordLine } from './recording-file.ts'
import { writeTestCases } from './test-cases.ts'

const FETCH_MS = 100
const FOR_DEFAULT = '30s'
const COUNT_DEFAULT = 10_000
const SIZE_DEFAULT_BYTES = 64 * 1_048_576

export const recordCommand: Command = {
  name: 'record',
  about: 'record the exchanges of a listener of a weir that runs, and make test cases of them',
  usage:
    'record --listener NAME --out FILE [--for TIME] [--count N] [--redact KEYS] | test FILE [--only-failing]',
  options: {
    ...adminOptions,
    listener: { type: 'string', value: 'NAME', about: 'whose exchanges' },
    out: {
      type: 'string',
      short: 'o',
      value: 'FILE',
      about: 'where they are written; for test, the file of cases',
    },
    for: { type: 'string', value: 'TIME', about: `how long; default ${FOR_DEFAULT}` },
    count: { type: 'string', value: 'N', about: `how many exchanges; default ${COUNT_DEFAULT}` },
    redact: {
      type: 'string',
      value: 'KEYS',
      about: 'properties whose values are taken out, with commas between',
    },
    frames: { type: 'boolean', negatable: true, about: 'keep the bytes; on by default' },
    'only-failing': { type: 'boolean', about: 'for test: only what was answered with an error' },
    plugin: {
      type: 'string',
      value: 'NAME',
      about: 'for test: whose cases; default: the name of the recording',
    },
  },
  argument: 'test FILE',
  examples: [
    ['weir record --listener dubbo --out calls.weirrec --for 30s', 'everything for half a minute'],
    [
      "weir record --listener dubbo --out calls.weirrec --redact 'authorization,*password*'",
      'without secrets; a * stands for any letters',
    ],
    [
      'weir record test calls.weirrec --only-failing -o tag.test.yaml',
      'what failed, as cases for weir plugin test',
    ],
  ],
  run,
}

async function run(call: Call, host: CliHost): Promise<number> {
  const [verb, file, ...more] = call.arguments
  if (verb === 'test' && file !== undefined && more.length === 0)
    return await writeTestCases(file, call, host)
  const [listener, out] = [call.text('listener'), call.text('out')]
  const mistake = mistakeOf(call)
  if (mistake !== undefined || listener === undefined || out === undefined) {
    throw new WrongUsage(mistake ?? 'say --listener NAME and --out FILE')
  }
  const forMs = durationOf('for', call.text('for') ?? FOR_DEFAULT)
  const admin = await adminAddress(call, host)
  if (admin === undefined) return exitCodes.invalid.code
  const client = new RecordingClient(admin, host)
  const protocol = await client.protocolOf(listener)
  const redacted = (call.text('redact') ?? '').split(',').filter((key) => key !== '')
  const count = Number(call.text('count') ?? COUNT_DEFAULT)
  await using target = await open(out, 'w', 0o600)
  await client.start({
    listener,
    redact: redacted,
    frames: call.flag('frames') ?? true,
    'records-max': count,
  })
  await target.write(recordLine({ weirrec: recordingVersion, listener, protocol, redacted }))
  const written = await write(client, target, { untilMs: host.nowMs() + forMs, count, host })
  const lost = written.dropped === 0 ? '' : `; ${written.dropped} came too fast and are missing`
  host.err(`weir record: ${written.count} exchanges in ${out}${lost}\n`)
  return exitCodes.ok.code
}

function mistakeOf(call: Call): string | undefined {
  const [verb] = call.arguments
  if (verb === 'test') return 'test needs one file, a recording'
  if (verb !== undefined) return `unexpected argument "${verb}"`
  const count = call.text('count')
  return count === undefined || /^[1-9][0-9]{0,8}$/.test(count) ? undefined : '--count is a whole number'
}

interface Bounds {
  readonly untilMs: number
  readonly count: number
  readonly host: CliHost
}

/** Fetches and writes until it is time, or enough. */
async function write(client: RecordingClient, target: FileHandle, { untilMs, count, host }: Bounds) {
  const written = { count: 0, dropped: 0, bytes: 0 }
  for (let last = false; !last; ) {
    const leftMs = untilMs - host.nowMs()
    await sleep(Math.max(0, Math.min(FETCH_MS, leftMs)))
    const over = host.nowMs() >= untilMs || written.bytes >= SIZE_DEFAULT_BYTES
    const batch = await client.fetch(over)
    last = over || (batch.full && batch.records.length === 0)
    const records = batch.records.slice(0, count - written.count)
    const text = records.map(recordLine).join('')
    await target.write(text)
    written.count += records.length
    written.bytes += text.length
    written.dropped += batch.dropped
    if (written.count < count || last) continue
    await client.fetch(true)
    last = true
  }
  return written
}
