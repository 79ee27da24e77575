/** AwesomeExample: the configuration of examples/awesomerpc run for real, with its codec from any folder, and what it shows. */
import { expect } from 'vitest'
import { AwesomeCaller, AwesomeService } from '../../support/awesome-peer.ts'
import { ExampleProxy } from '../example-proxy.ts'

export class AwesomeExample {
  readonly proxy: ExampleProxy
  readonly #services: readonly [AwesomeService, AwesomeService]
  readonly #callers: AwesomeCaller[] = []

  private constructor(proxy: ExampleProxy, services: readonly [AwesomeService, AwesomeService]) {
    this.proxy = proxy
    this.#services = services
  }

  /** `plugins` is a whole path. */
  static async start(plugins: string): Promise<AwesomeExample> {
    const services = [await AwesomeService.start('first'), await AwesomeService.start('second')] as const
    const at = (name: string) => `- name: ${name}\n    endpoints: [`
    const placed = services.map(({ port }) => `"127.0.0.1:${port}"] # `)
    const proxy = await ExampleProxy.start('examples/awesomerpc/weir.yaml', {
      './plugins': plugins,
      [at('first')]: `${at('first')}${placed[0]}`,
      [at('second')]: `${at('second')}${placed[1]}`,
    })
    return new AwesomeExample(proxy, services)
  }

  async open(): Promise<AwesomeCaller> {
    const caller = await AwesomeCaller.open(this.proxy.listenPort)
    this.#callers.push(caller)
    return caller
  }

  /** Routing by command, a changed header, large bodies, errors of the protocol, a limit, and a sign of life. */
  async expectAllOfIt(): Promise<void> {
    const caller = await this.open()
    expect(await caller.call(1, 'hello')).toMatchObject({ body: 'first:1:hello', code: 0 })
    expect(await caller.call(2, 'you')).toMatchObject({ body: 'second:2:you', code: 0 })
    expect(this.#services[0].packets).toMatchObject([{ cmd: 1, code: 5, body: 'hello' }])
    const long = 'long '.repeat(60_000)
    expect(await caller.call(1, long)).toMatchObject({ body: `first:1:${long}` })
    expect(await caller.call(13)).toMatchObject({ code: 404, cmd: 13 })
    for (let round = 0; round < 2; round++) expect((await caller.call(7))?.code).toBe(0)
    expect(await caller.call(7)).toMatchObject({ code: 429, body: expect.stringContaining('dear') })
    expect(await caller.call(0)).toMatchObject({ cmd: 0, code: 0 })
  }

  async stop(): Promise<void> {
    for (const caller of this.#callers) caller.close()
    await this.proxy.stop()
    await Promise.all(this.#services.map((service) => service.close()))
  }
}
