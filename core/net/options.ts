/** Options of connections, the same on both sides of the proxy. */
import { byteSize, duration, section } from '../../sdk/index.ts'

export const watermarkOptions = section(
  {
    high: byteSize({
      about: 'Bytes waiting to be written at which the sources are stopped.',
      default: '1MiB',
    }),
    low: byteSize({ about: 'Bytes waiting to be written at which the sources go on.', default: '512KiB' }),
    max: byteSize({
      about: 'Bytes waiting at which the connection of a client is given up.',
      default: '64MiB',
    }),
  },
  'Flow control: how much may wait for a slow reader.',
)

export const keepalive = duration({
  about: 'Idle time before TCP keepalive probes are sent.',
  default: '60s',
})

export const writeTimeout = duration({
  about: 'How long a peer may take nothing of what waits for it before its connection is closed.',
  default: '60s',
})
