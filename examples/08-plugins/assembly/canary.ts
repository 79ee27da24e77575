// Sends a share of the callers to another cluster, and each of them always to the same.
import { Config, fnv1a, forward, Metadata, Mutation, reads, Verdict } from 'weir'

class Canary {
  constructor(readonly key: string, readonly percent: u32, readonly cluster: string) {}
}

const canaries: Canary[] = []

export function onConfigure(config: Config): void {
  const canary = new Canary(config.get('key')!, <u32>config.number('percent', 0), config.get('cluster')!)
  reads(canary.key)
  canaries.push(canary)
}

export function onRequest(metadata: Metadata, _mutation: Mutation): Verdict {
  const canary = canaries[metadata.config]
  const caller = metadata.get(canary.key)
  if (caller == null) return Verdict.Continue
  // The halves of the hash are mixed, for short texts end alike.
  const hash = fnv1a(caller)
  return (hash ^ (hash >> 16)) % 100 < canary.percent ? forward(canary.cluster) : Verdict.Continue
}
