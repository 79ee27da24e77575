/**
 * Address: where to listen and where to dial, as people write it: `host:port`, `[v6]:port` or `unix:/path`.
 * Names are only checked for their form here, never looked up.
 */
import { isIPv4, isIPv6 } from 'node:net'

const PORT_MAX = 65_535
/** What fits into Linux's sockaddr_un beside the closing zero, in bytes. */
const UNIX_PATH_BYTES_MAX = 107
/** RFC 1035 §2.3.4. */
const NAME_SIZE_MAX = 253
/** Labels of letters, digits, hyphens, and the underscores that container networks use; a closing dot is allowed. */
const NAME = /^(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?$/i
const DIGITS_AND_DOTS = /^[0-9.]+$/

export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/** The address, or a sentence that says what is wrong with it. IPv6 hosts come without their brackets. */
export function parseAddress(text: string): Address | string {
  if (text.startsWith('unix:')) return parseUnix(text.slice('unix:'.length))
  if (text.startsWith('/')) return `Write a socket's path as unix:${text}.`
  const colon = text.lastIndexOf(':')
  if (colon === -1 || text.endsWith(']'))
    return `The port is missing; write ${text === '' ? 'host' : text}:port.`
  const port = parsePort(text.slice(colon + 1))
  if (typeof port === 'string') return port
  const host = parseHost(text.slice(0, colon))
  return host.problem === undefined ? { kind: 'tcp', host: host.name, port } : host.problem
}

/** The text that {@link parseAddress} reads as this address. */
export function formatAddress(address: Address): string {
  if (address.kind === 'unix') return `unix:${address.path}`
  return formatHostPort(address.host, address.port)
}

/** `host:port`, with brackets around an IPv6 host. */
export function formatHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

type Host =
  | { readonly name: string; readonly problem: undefined }
  | { readonly name: undefined; readonly problem: string }

function parseUnix(path: string): Address | string {
  if (!path.startsWith('/')) return 'The path of a socket must be absolute: unix:/path.'
  if (path.includes('\0')) return 'The path of a socket cannot hold a zero byte.'
  if (Buffer.byteLength(path) > UNIX_PATH_BYTES_MAX)
    return `The path of a socket has at most ${UNIX_PATH_BYTES_MAX} bytes; this one has ${Buffer.byteLength(path)}.`
  return { kind: 'unix', path }
}

function parsePort(text: string): number | string {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : Number.NaN
  return port <= PORT_MAX ? port : `The port "${text}" is not a number from 0 to ${PORT_MAX}.`
}

function parseHost(text: string): Host {
  if (text.startsWith('[') && text.endsWith(']')) {
    const inner = text.slice(1, -1)
    return isIPv6(inner) ? named(inner) : problem(`"${inner}" is not an IPv6 address.`)
  }
  if (text === '') return problem('The host is missing; write 0.0.0.0 or [::] for every address.')
  if (text === '*') return problem('Write 0.0.0.0 or [::] for every address.')
  if (text.includes(':')) return problem(`Write an IPv6 address in brackets: [${text}]:port.`)
  if (DIGITS_AND_DOTS.test(text) && !isIPv4(text)) return problem(`"${text}" is not an IPv4 address.`)
  if (text.length > NAME_SIZE_MAX || !NAME.test(text)) return problem(`"${text}" is not the name of a host.`)
  return named(text)
}

function named(name: string): Host {
  return { name, problem: undefined }
}

function problem(text: string): Host {
  return { name: undefined, problem: text }
}
