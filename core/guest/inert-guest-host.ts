/** InertGuestHost: what a guest is given that only says what it is: nothing is granted, and nothing it does has an effect. */
import type { GuestHost } from './guest-host.ts'

export const inertGuestHost: GuestHost = {
  grants: 0,
  clock: { nowMs: 0, wallMs: 0 },
  random: () => 0,
  log: () => undefined,
  count: () => undefined,
}
