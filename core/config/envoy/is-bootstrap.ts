/** Whether a configuration is a bootstrap file of Envoy's, told apart by its first keys. */
import type { PlainMap } from '../shape.ts'

/** Whoever writes one of these means Envoy. */
const MARKS = ['static_resources', 'staticResources', 'dynamic_resources', 'dynamicResources']

export function isBootstrap(root: PlainMap): boolean {
  return MARKS.some((key) => Object.hasOwn(root, key))
}
