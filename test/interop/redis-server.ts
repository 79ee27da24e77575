/** RedisServer: a real redis-server on a port of its own, without files; and redis-cli as a person uses it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { eventually, freePort } from './peers.ts'

export class RedisServer {
  readonly port: number
  readonly #child: ChildProcess

  private constructor(port: number, child: ChildProcess) {
    this.port = port
    this.#child = child
  }

  static async start(port?: number): Promise<RedisServer> {
    const chosen = port ?? (await freePort())
    const args = ['--port', `${chosen}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    const child = spawn('redis-server', args, { stdio: 'ignore' })
    await eventually(
      () => accepts(chosen),
      (accepted) => accepted,
    )
    return new RedisServer(chosen, child)
  }

  /** Dies without a word. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }
}

export interface Ran {
  readonly out: string
  readonly code: number | null
}

/** Runs a program of Redis against a port; `input` is what it reads. */
export async function run(
  program: string,
  port: number,
  args: readonly string[],
  input?: Buffer | string,
): Promise<Ran> {
  const child = spawn(program, ['-p', `${port}`, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  const parts: Buffer[] = []
  child.stdout.on('data', (part: Buffer) => parts.push(part))
  child.stderr.on('data', (part: Buffer) => parts.push(part))
  child.stdin.end(input)
  const [code]: unknown[] = await once(child, 'close')
  return { out: Buffer.concat(parts).toString('latin1'), code: typeof code === 'number' ? code : null }
}

/** What redis-cli prints. */
export async function cli(port: number, args: readonly string[], input?: Buffer | string): Promise<string> {
  return (await run('redis-cli', port, args, input)).out.trimEnd()
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
