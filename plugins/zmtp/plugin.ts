/** The plugin: ZeroMQ's protocol, version 3 with the NULL mechanism. */
import { definePlugin, options } from '../../sdk/index.ts'
import { ZmtpCodec } from './codec.ts'

export const plugin = definePlugin({
  name: 'zmtp',
  codecs: [
    {
      name: 'zmtp',
      about: 'ZeroMQ: ZMTP 3.1 with the NULL mechanism, every peer paired with one upstream.',
      create: () => new ZmtpCodec(),
    },
  ],
  envoy: [{ names: ['sota.filters.network.zmq'], options: options({}), protocol: 'zmtp', filters: ['echo'] }],
})
