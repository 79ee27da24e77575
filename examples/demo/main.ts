/**
 * The demo: two instances of a small Dubbo service and two callers that reach it through weir, in one process.
 * `weir run --demo` starts it beside the proxy; alone it needs a weir that listens where `--listener` says.
 */
import { parseArgs } from 'node:util'
import { startCallers } from './callers.ts'
import { DemoClient } from './client.ts'
import { type DemoService, startService } from './service.ts'

const help = `Usage: node examples/demo/main.ts [options]

  --listener HOST:PORT   where weir listens            (default 127.0.0.1:20880)
  --services PORT,PORT   where the services listen     (default 20881,20882)
  --config FILE          the file to name in the text  (default weir.yaml)
  --admin URL            the address to name           (default http://127.0.0.1:9901)
`

const { values } = parseArgs({
  options: {
    listener: { type: 'string', default: '127.0.0.1:20880' },
    services: { type: 'string', default: '20881,20882' },
    config: { type: 'string', default: 'weir.yaml' },
    admin: { type: 'string', default: 'http://127.0.0.1:9901' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) process.stdout.write(help)
else await run()

async function run(): Promise<void> {
  const ports = values.services.split(',').map(Number)
  const services = await Promise.all(ports.map((port) => startService(port))).catch((error: unknown) => {
    const text = error instanceof Error ? error.message : String(error)
    process.stderr.write(`demo: a service cannot listen: ${text}\n`)
    process.exit(1)
  })
  process.stdout.write(banner(ports))
  const { host, port } = address(values.listener)
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
  return `
  weir listens on ${values.listener}; behind it stand ${ports.length} Dubbo services (ports ${ports.join(', ')}).
  Two callers talk to them through weir: "shop" calls once a second, "batch" sends six calls
  at once every three seconds. weir balances the calls, sets an attachment on each of them,
  and refuses those that exceed the limit.

    edit   ${values.config}   the change is live as soon as you save it
    open   ${values.admin}/metrics
    open   ${values.admin}/clusters
    stop   Ctrl+C

`
}

function address(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':')
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) }
}

async function closeAll(services: readonly DemoService[]): Promise<void> {
  await Promise.all(services.map((service) => service.close()))
}
