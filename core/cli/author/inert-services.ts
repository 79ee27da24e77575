/** InertServices: what a plugin is given that is only loaded: time that stands still and nobody to ask. */
import { TimingWheel } from '../../base/timing-wheel.ts'
import { inertHost } from '../../config/inert-host.ts'
import type { GuestServices } from '../../guest/guest-services.ts'

export function createInertServices(): GuestServices {
  return {
    wheel: new TimingWheel({ ...inertHost.clock, refresh: () => undefined }),
    defer: () => undefined,
  }
}
