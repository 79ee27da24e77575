// Refuses calls that carry a value, with the protocol's own error.
import { Config, Fault, Metadata, Mutation, reads, replyError, Verdict } from 'weir'

class Rule {
  constructor(readonly key: string, readonly value: string) {}
}

const rules: Rule[] = []

export function onConfigure(config: Config): void {
  const rule = new Rule(config.get('key')!, config.get('value')!)
  reads(rule.key)
  rules.push(rule)
}

export function onRequest(metadata: Metadata, _mutation: Mutation): Verdict {
  const rule = rules[metadata.config]
  if (!metadata.is(rule.key, rule.value)) return Verdict.Continue
  return replyError(Fault.Denied, 'nobody with ' + rule.key + '=' + rule.value + ' may call')
}
