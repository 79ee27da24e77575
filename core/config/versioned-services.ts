/** VersionedServices: what the worker gives to one version of a plugin; failures that it hears of bear the version's hash. */
import type { GuestServices } from '../guest/guest-services.ts'

export function versionedServices(services: GuestServices, hash: string): GuestServices {
  const { failed } = services
  if (failed === undefined) return services
  return { ...services, failed: (plugin, trap) => failed(plugin, trap, hash) }
}
