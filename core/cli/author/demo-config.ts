/** DemoConfig: a configuration for a demo that needs no file, on the usual ports where they are free. */
import { createServer } from 'node:net'

const LISTENER_PORT = 20_880
const SERVICE_PORTS = [20_881, 20_882]
const ADMIN_PORT = 9_901
const HOST = '127.0.0.1'

export interface DemoConfig {
  readonly text: string
  readonly services: readonly number[]
}

export async function demoConfig(): Promise<DemoConfig> {
  const taken: number[] = []
  for (const port of [LISTENER_PORT, ...SERVICE_PORTS, ADMIN_PORT]) taken.push(await freePort(port))
  const [listener = 0, first = 0, second = 0, admin = 0] = taken
  const text = `admin: { address: ${HOST}:${admin} }
workers: 1
plugins: { dir: ./plugins }
listeners:
  - name: dubbo
    address: ${HOST}:${listener}
    protocol: dubbo
    routes: [{ cluster: demo }]
clusters:
  - name: demo
    endpoints: [${HOST}:${first}, ${HOST}:${second}]
`
  return { text, services: [first, second] }
}

/** The port, or another one when somebody has it. */
async function freePort(wanted: number): Promise<number> {
  return (await bound(wanted)) ?? (await bound(0)) ?? wanted
}

function bound(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(port, HOST, () => {
      const address = server.address()
      const taken = typeof address === 'object' && address !== null ? address.port : undefined
      server.close(() => resolve(taken))
    })
  })
}
