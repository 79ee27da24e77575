/**
 * Children: the processes of a bench. Whoever starts one here can be sure that it is gone when the bench is,
 * whichever way the bench ends.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Only to end what hangs. */
const READY_MS = 60_000
const STOP_MS = 5_000
const RETRY_MS = 20

type Command = readonly [string, ...string[]]

export class Children {
  readonly #running = new Set<ChildProcess>()

  /** One of our own modules, which sends `{ port }` once it listens. */
  async fork(module: URL, args: readonly string[] = []): Promise<{ child: ChildProcess; port: number }> {
    const child = this.#keep(fork(module, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }))
    const port = await new Promise<number>((resolve, reject) => {
      child.once('message', (message: { port: number }) => resolve(message.port))
      child.once('exit', () => reject(new Error(`${module.pathname} ended before it listened`)))
    })
    return { child, port }
  }

  /** One of our own modules that is ready as soon as it runs. */
  forkSilent(module: URL): ChildProcess {
    return this.#keep(fork(module, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }))
  }

  /** Any program, ready when it accepts connections on the port. Its output goes to `logFile`. */
  async start(command: Command, port: number, logFile: string): Promise<ChildProcess> {
    const { child } = await this.#until(command, logFile, () => accepts(port))
    return child
  }

  /** A weir with one listener, whose port the system chooses: it says in its log where it listens. */
  async startWeir(command: Command, logFile: string): Promise<{ child: ChildProcess; port: number }> {
    const { child, ready } = await this.#until(command, logFile, async () => servingPort(logFile))
    return { child, port: ready }
  }

  /** Starts a program and asks until it is ready. */
  async #until<Ready>(
    [program, ...args]: Command,
    logFile: string,
    ask: () => Promise<Ready | false | undefined>,
  ): Promise<{ child: ChildProcess; ready: Ready }> {
    const log = openSync(logFile, 'w')
    const child = this.#keep(spawn(program, args, { stdio: ['ignore', log, log] }))
    closeSync(log)
    let problem = ''
    child.once('error', (error) => {
      problem = error.message
    })
    child.once('exit', (code, signal) => {
      problem = `it ended with ${signal ?? code}: ${lastLine(logFile)}`
    })
    const untilMs = performance.now() + READY_MS
    for (;;) {
      const ready = await ask()
      if (ready !== false && ready !== undefined) return { child, ready }
      if (problem !== '') throw new Error(problem)
      if (performance.now() > untilMs)
        throw new Error(`nothing listens after ${READY_MS} ms: ${lastLine(logFile)}`)
      await sleep(RETRY_MS)
    }
  }

  async stop(child: ChildProcess): Promise<void> {
    if (!this.#running.has(child)) return
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await exited
    clearTimeout(timer)
  }

  /** At once and without asking; for the end of the process. */
  killAll(): void {
    for (const child of this.#running) child.kill('SIGKILL')
  }

  #keep(child: ChildProcess): ChildProcess {
    this.#running.add(child)
    child.once('exit', () => this.#running.delete(child))
    child.once('error', () => this.#running.delete(child))
    return child
  }
}

/** Ports that the system says are free now; all different, for they are held together before they are let go. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listening))
  const ports = servers.map((server) => {
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  })
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

function listening(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** Where the first listener of a weir listens, once it has said so. */
function servingPort(logFile: string): number | undefined {
  const line = /.*"msg":"weir is serving".*/.exec(readFileSync(logFile, 'utf8'))?.[0]
  const port = /"listeners":\{"[^"]*":"127\.0\.0\.1:(\d+)"/.exec(line ?? '')?.[1]
  return port === undefined ? undefined : Number(port)
}

/** The last line a program wrote: it tells why it ended. */
function lastLine(logFile: string): string {
  return readFileSync(logFile, 'utf8').trim().split('\n').at(-1) ?? ''
}
