/** Splice: a TCP proxy in Node that decodes nothing, the floor that a proxy which decodes is compared with. */
import { connect, createServer } from 'node:net'

const upstreamPort = Number(process.argv[2])

const server = createServer({ noDelay: true }, (downstream) => {
  const upstream = connect({ port: upstreamPort, host: '127.0.0.1', noDelay: true })
  downstream.pipe(upstream)
  upstream.pipe(downstream)
  downstream.on('error', () => upstream.destroy())
  upstream.on('error', () => downstream.destroy())
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) process.send?.({ port: address.port })
})
process.on('disconnect', () => process.exit(0))
