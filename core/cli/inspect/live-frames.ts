/** LiveFrames: what passes between two addresses, decoded as it comes, until the time or the frames are up. */
import type { Codec, Direction } from '../../../sdk/index.ts'
import type { CliHost } from '../host.ts'
import { FlowSide } from './flow-side.ts'
import type { FlowEvent } from './flow-table.ts'
import { PassThrough, type PassThroughTap } from './pass-through.ts'

export interface LiveOptions {
  readonly host: CliHost
  readonly codec: Codec | undefined
  readonly candidates: readonly Codec[]
  readonly listen: string
  readonly to: string
  /** `undefined`: until the process is stopped. */
  readonly forMs: number | undefined
  /** Answers whether more is wanted. */
  onEvent(event: FlowEvent): boolean
}

export async function liveFrames(options: LiveOptions): Promise<void> {
  const { host, listen, to, forMs } = options
  const { promise: enough, resolve } = Promise.withResolvers<void>()
  const passThrough = await PassThrough.open({
    listen,
    to,
    onConnection: (caller) => tapOf(caller, options, resolve),
    onProblem: (text) => host.err(`weir inspect: ${text}\n`),
  })
  host.err(`weir inspect: ${passThrough.address} → ${to}\n`)
  const timer = forMs === undefined ? undefined : setTimeout(resolve, forMs)
  await enough
  clearTimeout(timer)
  await passThrough.close()
}

function tapOf(caller: string, options: LiveOptions, enough: () => void): PassThroughTap {
  const { codec, candidates, to, host } = options
  const spoken = { codec }
  const sideOf = (direction: Direction) =>
    new FlowSide({
      direction,
      spoken,
      candidates,
      onEvent: (event) => {
        const timeMs = host.nowMs()
        if (!options.onEvent({ timeMs, caller, service: to, direction, event })) enough()
      },
    })
  const sides = { request: sideOf('request'), response: sideOf('response') }
  return {
    bytes: (direction, chunk) => sides[direction].give(chunk),
    end: () => {
      void sides.request.end()
      void sides.response.end()
    },
  }
}
