/** `weir replay`: recorded requests again, at a chosen rate, against any address, and what came of them. */
import type { Call, Command } from '../command.ts'
import { durationOf } from '../duration-of.ts'
import { exitCodes } from '../exit-codes.ts'
import type { CliHost } from '../host.ts'
import { findCodec } from '../inspect/find-codec.ts'
import { readBytes } from '../inspect/read-bytes.ts'
import { WrongUsage } from '../wrong-usage.ts'
import { readRecording } from './recording-file.ts'
import { replayText } from './replay-figures.ts'
import { ReplayRun } from './replay-run.ts'

const CONNECTIONS_MAX = 256
const TIMEOUT_DEFAULT = '10s'
const RATE = /^([0-9]+(?:\.[0-9]+)?)\/(s|m)$/

export const replayCommand: Command = {
  name: 'replay',
  about: 'send recorded requests again, and report what came of them',
  usage: 'replay FILE --to ADDRESS [--rate 100/s|recorded|max] [--connections N] [--codec CODEC] [--json]',
  options: {
    to: { type: 'string', value: 'ADDRESS', about: 'where they are sent: a weir, or a service itself' },
    rate: { type: 'string', value: 'RATE', about: '100/s, 30/m, recorded (as it was, the default), or max' },
    count: {
      type: 'string',
      value: 'N',
      about: 'how many; more than there are begin anew; default: each once',
    },
    connections: { type: 'string', value: 'N', about: `1 to ${CONNECTIONS_MAX}; default 1` },
    timeout: {
      type: 'string',
      value: 'TIME',
      about: `how long a reply may take; default ${TIMEOUT_DEFAULT}`,
    },
    codec: {
      type: 'string',
      value: 'CODEC',
      about: "a protocol, or a file NAME.codec.EXT; default: the recording's",
    },
    json: { type: 'boolean', about: 'print the figures as JSON' },
  },
  argument: 'FILE',
  examples: [
    ['weir replay calls.weirrec --to 127.0.0.1:20880 --rate 100/s', 'a hundred a second'],
    ['weir replay calls.weirrec --to 10.0.0.7:20880', 'as they came'],
    ['weir replay calls.weirrec --to 127.0.0.1:20880 --rate max --count 100000', 'as fast as replies come'],
  ],
  run,
}

async function run(call: Call, host: CliHost): Promise<number> {
  const [file, ...more] = call.arguments
  const to = call.text('to')
  const mistake = mistakeOf(call, more)
  if (mistake !== undefined || file === undefined || to === undefined) {
    throw new WrongUsage(mistake ?? 'name a recording, and say --to ADDRESS')
  }
  const { head, records } = readRecording((await readBytes(file)).toString('utf8'), file)
  const { codec } = await findCodec(call.text('codec') ?? head.protocol, host)
  if (codec === undefined) throw new Error(`${file} does not say its protocol; give it with --codec`)
  const replay = await ReplayRun.create({
    codec,
    records: records.filter(({ request }) => request !== null),
    to,
    perMs: perMsOf(call.text('rate') ?? 'recorded'),
    count: call.text('count') === undefined ? undefined : Number(call.text('count')),
    connections: Number(call.text('connections') ?? 1),
    timeoutMs: durationOf('timeout', call.text('timeout') ?? TIMEOUT_DEFAULT),
    nowMs: () => host.nowMs(),
  })
  const figures = await replay.run()
  host.out(call.flag('json') === true ? `${JSON.stringify(figures, undefined, 2)}\n` : replayText(figures))
  return figures.unanswered === 0 ? exitCodes.ok.code : exitCodes.failed.code
}

function mistakeOf(call: Call, more: readonly string[]): string | undefined {
  if (more.length > 0) return `unexpected argument "${more[0]}"`
  const rate = call.text('rate') ?? 'recorded'
  if (rate !== 'recorded' && rate !== 'max' && !RATE.test(rate))
    return '--rate is a rate such as 100/s or 30/m, recorded, or max'
  const connections = Number(call.text('connections') ?? 1)
  if (!Number.isInteger(connections) || connections < 1 || connections > CONNECTIONS_MAX)
    return `--connections is a whole number from 1 to ${CONNECTIONS_MAX}`
  return /^[1-9][0-9]{0,8}$/.test(call.text('count') ?? '1') ? undefined : '--count is a whole number'
}

/** Requests in a millisecond; `undefined`: as recorded. */
function perMsOf(rate: string): number | undefined {
  if (rate === 'recorded') return undefined
  const [, number, unit] = RATE.exec(rate) ?? []
  return number === undefined ? Number.POSITIVE_INFINITY : Number(number) / (unit === 'm' ? 60_000 : 1_000)
}
