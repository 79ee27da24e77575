/** Sends a share of the callers to another cluster, and each of them always to the same. */
export const reads = []

export function onConfigure(config) {
  reads.push(config.key)
}

// FNV-1a in 32 bits, and its halves mixed, for short texts end alike.
function hash(text) {
  let sum = 0x811c9dc5
  for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193)
  return (sum ^ (sum >>> 16)) >>> 0
}

export function onRequest(metadata) {
  const { key, percent, cluster } = metadata.config
  const caller = metadata.get(key)
  if (caller !== undefined && hash(caller) % 100 < percent) return forward(cluster)
}
