// A bucket of tokens for each caller, in the store that all workers share: `burst` calls at once, then `per-second`.
import { Config, Fault, Metadata, Mutation, now, replyError, store, Verdict } from 'weir'

const TRIES = 10
const KEPT_MS = 600000

class Limit {
  constructor(readonly burst: f64, readonly perSecond: f64) {}

  take(key: string): bool {
    const seconds = Math.floor(now() / 1000)
    for (let tries = 0; tries < TRIES; tries++) {
      const known = store.get(key)
      let tokens = this.burst
      if (known != null) {
        const parts = known.toString().split(' ')
        const came = (seconds - parseFloat(parts[1])) * this.perSecond
        tokens = Math.min(this.burst, parseFloat(parts[0]) + came)
      }
      if (tokens < 1) return false
      // Somebody else may have taken one meanwhile: then once more, with what is there now.
      if (store.cas(key, known, `${tokens - 1} ${seconds}`, KEPT_MS)) return true
    }
    return false
  }
}

const limits: Limit[] = []

export function onConfigure(config: Config): void {
  limits.push(new Limit(config.number('burst', 10), config.number('per-second', 1)))
}

export function onRequest(metadata: Metadata, _mutation: Mutation): Verdict {
  const value = metadata.get('caller')
  const caller = value == null ? 'nobody' : value.toString()
  if (limits[metadata.config].take('caller ' + caller)) return Verdict.Continue
  return replyError(Fault.OverLimit, caller + ' is above its limit')
}
