/** Serving: where a weir that was just started takes calls, as it says itself; ports are the system's to choose. */
import type { ChildProcess } from 'node:child_process'
import { eventually } from './eventually.ts'

export interface Serving {
  /** The port of each listener, by its name. */
  readonly ports: Readonly<Record<string, number>>
  readonly adminPort: number
}

/** Once it serves; fails with what it printed when it ends before. Its output has to be piped. */
export async function serving(child: ChildProcess): Promise<Serving> {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  const line = () => /^\{.*"msg":"weir is serving".*\}$/m.exec(output)?.[0]
  const ended = () => child.exitCode !== null || child.signalCode !== null
  await eventually(
    () => line() !== undefined || ended(),
    () => `the proxy serves:\n${output}`,
  )
  const found = line()
  if (found === undefined) throw new Error(`the proxy has ended:\n${output}`)
  const said: { readonly listeners: Readonly<Record<string, string>>; readonly admin: string } =
    JSON.parse(found)
  const ports = Object.entries(said.listeners).map(([name, address]) => [name, portOf(address)] as const)
  return { ports: Object.fromEntries(ports), adminPort: portOf(said.admin) }
}

function portOf(address: string): number {
  return Number(address.split(':').at(-1))
}
