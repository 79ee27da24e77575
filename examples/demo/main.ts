/**
 * The demo: two instances of a small Dubbo service and two callers that reach it through weir, in one process.
 * `weir run --demo` starts it beside the proxy; alone it needs a weir that listens where `--listener` says.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { errorMessage } from '../../sdk/error-message.ts'
import { startCallers } from './callers.ts'
import { DemoClient } from './client.ts'
import { type DemoService, startService } from './service.ts'

const LISTENER_TRIES = 50
const LISTENER_RETRY_MS = 100

const help = `Usage: node examples/demo/main.ts [options]

  --listener HOST:PORT   where weir listens            (default 127.0.0.1:20880)
  --services PORT,PORT   where the services listen     (default 20881,20882)
  --config FILE          the file to name in the text  (default weir.yaml)
  --admin URL            the address to name           (default http://127.0.0.1:9901)
  --plugins DIR          the folder of plugins to name (default none)
`

const { values } = parseArgs({
  options: {
    listener: { type: 'string', default: '127.0.0.1:20880' },
    services: { type: 'string', default: '20881,20882' },
    config: { type: 'string', default: 'weir.yaml' },
    admin: { type: 'string', default: 'http://127.0.0.1:9901' },
    plugins: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) process.stdout.write(help)
else await run()

async function run(): Promise<void> {
  const ports = values.services.split(',').map(Number)
  const services = await Promise.all(ports.map((port) => startService(port))).catch((error: unknown) => {
    process.stderr.write(`demo: a service cannot listen: ${errorMessage(error)}; there will be no calls\n`)
    process.exit(1)
  })
  const { host, port } = address(values.listener)
  await listening(host, port)
  process.stdout.write(banner(ports))
  const client = new DemoClient(host, port)
  const callers = startCallers(client, (line) => process.stdout.write(`demo  ${line}\n`))
  const stop = (): void => {
    callers.stop()
    client.close()
    void closeAll(services).then(() => process.exit(0))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  // A reader that has gone, such as `| head`, ends the demo and not with a stack trace.
  process.stdout.once('error', stop)
}

function banner(ports: readonly number[]): string {
  const plugins =
    values.plugins === ''
      ? ''
      : `    write  ${values.plugins}/tag.lua   a filter of your own, and the next call goes through it: see README.md\n`
  return `
  weir listens on ${values.listener}. Behind it stand ${ports.length} small Dubbo services (ports ${ports.join(', ')}),
  before it two callers: "shop" calls once a second, "batch" sends six calls at once every three
  seconds. Each line below is one call: who asked what, what came back, and what weir changed or
  refused. Why it did so stands in the file:

    edit   ${values.config}   the change is live as soon as you save it
${plugins}    open   ${values.admin}/metrics
    open   ${values.admin}/clusters
    stop   Ctrl+C

`
}

/** Waits a while for weir, which starts beside us; without it the callers say what is missing. */
async function listening(host: string, port: number): Promise<void> {
  for (let left = LISTENER_TRIES; left > 0; left--) {
    const socket = connect(port, host)
    const accepted = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (accepted) return
    await sleep(LISTENER_RETRY_MS)
  }
}

function address(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':')
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) }
}

async function closeAll(services: readonly DemoService[]): Promise<void> {
  await Promise.all(services.map((service) => service.close()))
}
