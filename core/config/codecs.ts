/** Codecs of a listener: the one it names, or with `protocol: auto` those that can tell their first bytes. */
import { type Codec, hint } from '../../sdk/index.ts'
import type { Registry } from '../plugin/registry.ts'
import { type Finding, finding } from './finding.ts'
import type { ListenerPlan } from './plan.ts'

const AUTO = 'auto'

export interface ListenerCodecs {
  readonly codecs: readonly Codec[]
  readonly findings: readonly Finding[]
}

export function findCodecs(plan: ListenerPlan, registry: Registry): ListenerCodecs {
  if (plan.protocol === undefined) return { codecs: [], findings: [] }
  if (plan.protocol === AUTO) return sniffingCodecs(plan, registry)
  const codec = registry.codec(plan.protocol)
  if (codec !== undefined) return { codecs: [codec], findings: [] }
  const text = missing(plan.protocol, registry, [...registry.codecNames, AUTO])
  return { codecs: [], findings: [finding([...plan.path, 'protocol'], text)] }
}

function missing(name: string, registry: Registry, known: readonly string[]): string {
  const refusal = registry.codecRefusal(name)
  return refusal === undefined
    ? `unknown protocol "${name}"${hint(name, known)}`
    : `the codec of "${name}" cannot be used: ${refusal}`
}

function sniffingCodecs(plan: ListenerPlan, registry: Registry): ListenerCodecs {
  const codecs: Codec[] = []
  const findings: Finding[] = []
  const names = plan.protocols ?? registry.codecNames
  for (const [index, name] of names.entries()) {
    const path = [...plan.path, 'protocols', index]
    const codec = registry.codec(name)
    if (codec === undefined) {
      findings.push(finding(path, missing(name, registry, registry.codecNames)))
    } else if (codec.sniff !== undefined) codecs.push(codec)
    else if (plan.protocols !== undefined) {
      findings.push(finding(path, `${name} cannot be told by its first bytes: give it a listener of its own`))
    }
  }
  if (codecs.length === 0 && findings.length === 0) {
    findings.push(
      finding([...plan.path, 'protocol'], 'auto finds no protocol that can be told by its first bytes'),
    )
  }
  return { codecs, findings }
}
