/** Networks: a list of CIDR blocks, and whether an address, with or without a port, lies in one of them. */
import { BlockList, isIP } from 'node:net'

export class Networks {
  readonly #blocks = new BlockList()

  /** Adds `10.0.0.0/8`, `2001:db8::/32` or a single address; false when the text is none of these. */
  add(text: string): boolean {
    const slash = text.indexOf('/')
    const address = slash < 0 ? text : text.slice(0, slash)
    const version = isIP(address)
    if (version === 0) return false
    const bitsMax = version === 4 ? 32 : 128
    const bits = slash < 0 ? bitsMax : wholeNumber(text.slice(slash + 1))
    if (bits === undefined || bits > bitsMax) return false
    this.#blocks.addSubnet(address, bits, version === 4 ? 'ipv4' : 'ipv6')
    return true
  }

  /** Whether `ip`, `ip:port` or `[ip]:port` lies in one of the networks; anything else does not. */
  contain(text: string): boolean {
    const address = addressOf(text)
    const version = isIP(address)
    return version !== 0 && this.#blocks.check(address, version === 4 ? 'ipv4' : 'ipv6')
  }
}

function addressOf(text: string): string {
  if (text.startsWith('[')) return text.slice(1, Math.max(text.indexOf(']'), 1))
  const colon = text.lastIndexOf(':')
  if (colon < 0 || isIP(text) !== 0) return text
  return text.slice(0, colon)
}

function wholeNumber(text: string): number | undefined {
  return /^[0-9]{1,3}$/.test(text) ? Number(text) : undefined
}
