/** Asks a plugin about its configurations before filters are made of it, where its answers come later. */
import { abi } from '../../sdk/abi/abi.ts'
import type { Clock } from '../../sdk/index.ts'
import { BlockWriter } from './block.ts'
import type { GuestModule } from './guest-instance.ts'
import type { Trap } from './trap.ts'

/** The plugin's own configuration, then those of routes. A trap says why they cannot be used. */
export async function prepareGuest(
  module: GuestModule,
  configs: readonly unknown[],
  given: { readonly grants: number; readonly clock: Clock },
): Promise<Trap | undefined> {
  if (module.prepare === undefined) return undefined
  const { grants, clock } = given
  const times = (grants & abi.grant.clock) === 0 ? { nowMs: 0, wallMs: 0 } : clock
  const blocks = configs.map((config, number) => {
    const writer = new BlockWriter()
    writer.configure(Buffer.from(JSON.stringify(config ?? {})), grants, times, number)
    return Buffer.from(writer.bytes.subarray(0, writer.size))
  })
  return await module.prepare(blocks)
}
