import { describe, expect, test } from 'vitest'
import { formatAddress, parseAddress } from '../../../core/net/address.ts'

const good = [
  ['127.0.0.1:20880', { kind: 'tcp', host: '127.0.0.1', port: 20_880 }],
  ['[::1]:0', { kind: 'tcp', host: '::1', port: 0 }],
  ['[fe80::1%eth0]:80', { kind: 'tcp', host: 'fe80::1%eth0', port: 80 }],
  ['provider.internal:65535', { kind: 'tcp', host: 'provider.internal', port: 65_535 }],
  ['my_service-1.:1', { kind: 'tcp', host: 'my_service-1.', port: 1 }],
  ['unix:/run/weir.sock', { kind: 'unix', path: '/run/weir.sock' }],
  ['unix:/run/a:b c', { kind: 'unix', path: '/run/a:b c' }],
] as const

const bad = [
  ['', 'The port is missing; write host:port.'],
  ['localhost', 'The port is missing; write localhost:port.'],
  ['[::1]', 'The port is missing; write [::1]:port.'],
  [':80', 'The host is missing; write 0.0.0.0 or [::] for every address.'],
  ['*:80', 'Write 0.0.0.0 or [::] for every address.'],
  ['a:', 'The port "" is not a number from 0 to 65535.'],
  ['a:65536', 'The port "65536" is not a number from 0 to 65535.'],
  ['a:8e1', 'The port "8e1" is not a number from 0 to 65535.'],
  ['a:-1', 'The port "-1" is not a number from 0 to 65535.'],
  ['::1:80', 'Write an IPv6 address in brackets: [::1]:port.'],
  ['[127.0.0.1]:80', '"127.0.0.1" is not an IPv6 address.'],
  ['1.2.3.256:80', '"1.2.3.256" is not an IPv4 address.'],
  ['1.2.3:80', '"1.2.3" is not an IPv4 address.'],
  ['a b:80', '"a b" is not the name of a host.'],
  ['http//x:80', '"http//x" is not the name of a host.'],
  ['-a:80', '"-a" is not the name of a host.'],
  ['a..b:80', '"a..b" is not the name of a host.'],
  [`${'a'.repeat(64)}:80`, `"${'a'.repeat(64)}" is not the name of a host.`],
  ['/run/weir.sock', "Write a socket's path as unix:/run/weir.sock."],
  ['unix:run/weir.sock', 'The path of a socket must be absolute: unix:/path.'],
  ['unix:', 'The path of a socket must be absolute: unix:/path.'],
  [`unix:/${'x'.repeat(107)}`, 'The path of a socket has at most 107 bytes; this one has 108.'],
  ['unix:/a\0b', 'The path of a socket cannot hold a zero byte.'],
] as const

describe('parseAddress()', () => {
  test.each(good)('reads %s, and formatAddress() writes it back', (text, address) => {
    expect(parseAddress(text)).toEqual(address)
    expect(formatAddress(address)).toBe(text)
  })

  test.each(bad)('refuses "%s"', (text, problem) => {
    expect(parseAddress(text)).toBe(problem)
  })
})
