/** The plugin: the Dubbo protocol as the Java and Go implementations speak it over TCP. */
import { definePlugin } from '../../sdk/index.ts'
import { DubboCodec } from './codec.ts'

export const plugin = definePlugin({
  name: 'dubbo',
  codecs: [
    {
      name: 'dubbo',
      about: 'Apache Dubbo over TCP: 16-byte header, hessian2 and fastjson2 bodies.',
      create: () => new DubboCodec(),
    },
  ],
})
