/**
 * KitConfig: a script as the configuration of a guest that is written with a kit and works the steps through. Steps
 * stand behind semicolons, their words behind single spaces, and every text is hex.
 */

import { createGuestFilter } from '../../core/guest/create-guest-filter.ts'
import { defaultGuestBudget } from '../../core/guest/guest-budget.ts'
import type { GuestModule } from '../../core/guest/guest-instance.ts'
import { defaultWasmQuota } from '../../core/guest/wasm/wasm-quota.ts'
import { abi } from '../../sdk/abi/abi.ts'
import { textBytes } from '../../sdk/abi/text.ts'
import type { Filter } from '../../sdk/index.ts'
import { wasmGuest } from '../core/guest/wasm/wasm-guests.ts'
import type { ConformancePlace } from './language.ts'
import { has, type Script, type Step } from './script.ts'

const EVERY_GRANT = Object.values(abi.grant).reduce((bits, bit) => bits | bit, 0)
/** A large body stands in the configuration, and debug builds are slow. */
const quota = { ...defaultWasmQuota, fuelToStart: 2 ** 31 - 1, fuelPerCall: 2 ** 31 - 1 }

/** Compiled once: with every script comes another instance. */
export function kitGuest(wasm: Uint8Array<ArrayBuffer>): Promise<GuestModule> {
  return wasmGuest(wasm, { grants: EVERY_GRANT, quota })
}

/** A codec in place of a filter. */
export function kitCodec(wasm: Uint8Array<ArrayBuffer>): Promise<GuestModule> {
  return wasmGuest(wasm, { codec: true })
}

/** The script as a filter, given the module that works it through. */
export async function kitFilter(
  module: GuestModule,
  script: Script,
  { context, wheel, defer }: ConformancePlace,
): Promise<Filter> {
  return createGuestFilter({
    plugin: 'script',
    module,
    config: kitConfig(script),
    grants: EVERY_GRANT,
    policy: 'closed',
    budget: defaultGuestBudget,
    context,
    services: { wheel, defer },
  })
}

function kitConfig(script: Script) {
  const { reads = [], request, response, end, resume } = script
  const steps = (list: readonly Step[] = []): string => list.map(worded).join(';')
  return {
    reads: reads.map(hex),
    bodies: has(script, 'copy-body') || has(script, 'same-body'),
    beside: has(script, 'copy-from-request'),
    request: steps(request),
    response: steps(response),
    end: steps(end),
    resume: steps(resume),
  }
}

function worded(step: Step): string {
  switch (step[0]) {
    case 'pause':
    case 'drop':
    case 'close':
    case 'same-body':
      return step.join(' ')
    case 'copy-text':
      return `${step[0]} ${step[1]} ${hex(step[2])}`
    case 'log-outcome':
      return `${step[0]} ${step[1]}`
    case 'reply-error':
      return `${step[0]} ${abi.error[step[1]]} ${hex(step[2])}`
    case 'forward':
      return `${step[0]} ${step[2] ?? '-'} ${hex(step[1])}`
    case 'reply': {
      const properties = step[1].flatMap(([key, value]) => [hex(key), hex(value)])
      return [step[0], step[2] === undefined ? '-' : hex(step[2]), ...properties].join(' ')
    }
    default:
      return [step[0], ...step.slice(1).map(hex)].join(' ')
  }
}

function hex(text: unknown): string {
  return (Buffer.isBuffer(text) ? text : textBytes(String(text))).toString('hex')
}
