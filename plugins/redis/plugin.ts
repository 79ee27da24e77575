/** The plugin: the Redis protocol, versions 2 and 3. */
import { definePlugin } from '../../sdk/index.ts'
import { RedisCodec } from './codec.ts'

export const plugin = definePlugin({
  name: 'redis',
  codecs: [
    {
      name: 'redis',
      about: 'Redis: RESP 2 and 3, pipelines over shared connections, clients with state on their own.',
      create: () => new RedisCodec(),
    },
  ],
})
