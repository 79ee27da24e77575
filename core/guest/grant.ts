/** Grants: the capabilities that a configuration gives to a plugin, by the names that are written there. */
import { abi } from '../../sdk/abi/abi.ts'

export const grantBits = {
  clock: abi.grant.clock,
  random: abi.grant.random,
  log: abi.grant.log,
  counters: abi.grant.counters,
  'key-value': abi.grant.keyValue,
  timers: abi.grant.timers,
  calls: abi.grant.callOut,
  'all-keys': abi.grant.allKeys,
  bodies: abi.grant.body,
} as const

export type Grant = keyof typeof grantBits

/** What a file has that nobody wrote a line about. */
export const bareGrants: number = grantBits.log | grantBits.counters

export function bitsOf(grants: readonly Grant[]): number {
  return grants.reduce((bits, grant) => bits | grantBits[grant], 0)
}

/** What is missing, and the line that gives it. */
export function missingGrant(what: string, grant: Grant): string {
  return `${what} needs a grant: add "${grant}" to the plugin's "grants", and to "capabilities" of its manifest`
}
