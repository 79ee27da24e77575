/** A bucket of tokens for each caller, in the store that all workers share: `burst` calls at once, then `per-second`. */
const TRIES = 10
const KEPT_MS = 600_000

function take(key, burst, perSecond) {
  const now = Math.floor(Date.now() / 1000)
  for (let tries = 0; tries < TRIES; tries++) {
    const known = store.get(key)
    let tokens = burst
    if (known !== undefined) {
      const [held, since] = String(known).split(' ').map(Number)
      tokens = Math.min(burst, held + (now - since) * perSecond)
    }
    if (tokens < 1) return false
    // Somebody else may have taken one meanwhile: then once more, with what is there now.
    if (store.cas(key, known, `${tokens - 1} ${now}`, KEPT_MS)) return true
  }
  return false
}

export function onRequest(metadata) {
  const config = metadata.config
  const caller = metadata.get('caller') ?? 'nobody'
  if (!take(`caller ${caller}`, config.burst, config['per-second'])) {
    return reply({ error: 'over_limit', text: `${caller} is above its limit` })
  }
}
