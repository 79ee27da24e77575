/**
 * The soak: calls with nonces over changing connections, while the configuration is reloaded and endpoints are
 * killed and started again. None may be lost without an error, none may reach an endpoint twice, none may be
 * answered to the wrong caller.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Weir, type WeirConfig } from '../interop/weir.ts'
import { seededRandom } from '../seeded-random.ts'
import { Findings, runCaller } from './nonce-caller.ts'
import { NonceService } from './nonce-service.ts'
import { SOAK_INTERFACE } from './soak-frames.ts'

const CALLERS = 16

export interface SoakPlan {
  readonly calls: number
  readonly reloads: number
  /** How often an endpoint is killed and started again. */
  readonly kills: number
  readonly workers: number
  readonly seed: number
}

export interface SoakResult {
  readonly findings: Findings
  /** Nonces that reached an endpoint more than once. */
  readonly repeated: readonly number[]
  readonly reloads: number
  readonly kills: number
  /** Replies that came when nobody waited, as the proxy counted them. */
  readonly lateReplies: number
}

export async function runSoak(plan: SoakPlan): Promise<SoakResult> {
  const seen = new Set<number>()
  const repeated: number[] = []
  const services = [new NonceService(seen, repeated), new NonceService(seen, repeated)]
  for (const service of services) await service.start()
  const ports = services.map(({ port }) => port)
  const weir = await Weir.start(config(ports, 0), { workers: plan.workers })
  try {
    const findings = new Findings()
    const random = seededRandom(plan.seed)
    const each = Math.ceil(plan.calls / CALLERS)
    const done = { value: false }
    const callers = Array.from({ length: CALLERS }, (_, index) =>
      runCaller({ port: weir.port('soak'), calls: each, firstNonce: index * each, random, findings }),
    )
    const finished = Promise.all(callers).finally(() => {
      done.value = true
    })
    const progress = (): number => (done.value ? 1 : findings.calls / plan.calls)
    const [reloads, kills] = await Promise.all([
      spread(plan.reloads, progress, (round) => weir.reload(config(ports, round))),
      spread(plan.kills, progress, (round) => bounce(services[round % services.length])),
      finished,
    ])
    const lateReplies = await weir.metric('weir_upstream_late_replies_total')
    return { findings, repeated, reloads, kills, lateReplies }
  } finally {
    await weir.close()
    for (const service of services) await service.kill()
  }
}

/** Does something so many times, evenly over the progress of the calls, and the rest of it once they are done. */
async function spread(
  times: number,
  progress: () => number,
  act: (round: number) => Promise<unknown>,
): Promise<number> {
  for (let round = 1; round <= times; round++) {
    while (progress() < round / (times + 1)) await sleep(5)
    await act(round)
  }
  return times
}

async function bounce(service: NonceService | undefined): Promise<void> {
  await service?.kill()
  await sleep(30)
  await service?.start()
}

/** Every round differs from the one before in routes, filters and clusters; the listener stays. */
function config(ports: readonly number[], round: number): WeirConfig {
  const endpoints = ports.map((port) => `127.0.0.1:${port}`)
  return {
    admin: { address: '127.0.0.1:0' },
    listeners: [
      {
        name: 'soak',
        address: '127.0.0.1:0',
        protocol: 'dubbo',
        filters: [
          'metrics',
          { 'rate-limit': { tokens: 100_000_000, every: '1s' } },
          { 'header-mutation': { request: { set: { round: `${round}` } } } },
          'router',
        ],
        routes: [
          { match: { interface: SOAK_INTERFACE, method: 'none' }, cluster: 'soak' },
          { match: { interface: SOAK_INTERFACE }, cluster: 'soak', timeout: `${10 + (round % 5)}s` },
        ],
      },
    ],
    clusters: [
      {
        name: 'soak',
        endpoints,
        balancer: round % 4 < 2 ? 'round-robin' : 'least-request',
        backoff: { base: '10ms', max: '50ms' },
      },
    ],
  }
}
