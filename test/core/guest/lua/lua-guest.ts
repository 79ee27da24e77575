/** Runs plugins in Lua for tests: messages in, what was said out, with everything checked that the proxy checks. */
import { expect } from 'vitest'
import { BlockWriter } from '../../../../core/guest/block.ts'
import type { GuestHost, KeyValue } from '../../../../core/guest/guest-host.ts'
import type { GuestInstance } from '../../../../core/guest/guest-instance.ts'
import { createLuaModule } from '../../../../core/guest/lua/create-lua-module.ts'
import { compileInterpreter } from '../../../../core/guest/lua/interpreter-image.ts'
import { defaultLuaLimits, type LuaLimits } from '../../../../core/guest/lua/lua-limits.ts'
import { defaultOpBudget } from '../../../../core/guest/op-budget.ts'
import { OpCheck } from '../../../../core/guest/op-check.ts'
import { OpList } from '../../../../core/guest/op-list.ts'
import { OpReader, type OpSink } from '../../../../core/guest/ops.ts'
import { Trap } from '../../../../core/guest/trap.ts'
import { abi } from '../../../../sdk/abi/abi.ts'
import { textBytes } from '../../../../sdk/abi/text.ts'
import { Mutation } from '../../../../sdk/index.ts'
import { readsOf, type VectorMetadata, vectorMessage } from '../vectors.ts'

export const interpreter = compileInterpreter()
/** Everything that a configuration can grant. */
export const ALL_GRANTS = 511
const HANDLE = 7

export interface LuaGuestOptions {
  readonly file?: Buffer
  readonly name?: string
  readonly config?: unknown
  readonly grants?: number
  readonly limits?: Partial<LuaLimits>
  readonly keyValue?: KeyValue
  readonly wallMs?: number
  readonly nowMs?: number
}

/** A message: properties by key, and what else differs from a plain request. */
export interface TestMessage extends Partial<Omit<VectorMetadata, 'properties' | 'body'>> {
  readonly properties?: Readonly<Record<string, string | readonly string[] | Buffer>>
  readonly body?: Buffer
  /** The request beside a response, or the answer beside a resume. */
  readonly companion?: TestMessage
  readonly outcome?: Parameters<BlockWriter['outcome']>[0]
  readonly resume?: Parameters<BlockWriter['resume']>[0]
  readonly allKeys?: boolean
}

/** What a guest said: `['set', 'key', 'hex']`, `['log', 'info', 'text']`, … */
export type Said = readonly unknown[]

export class LuaGuest {
  readonly instance: GuestInstance
  readonly declared: readonly Said[]
  /** Lines that were said although the call failed. */
  readonly told: string[]
  readonly #keys: readonly string[]
  readonly #writer = new BlockWriter()
  readonly #options: LuaGuestOptions

  constructor(instance: GuestInstance, declared: readonly Said[], told: string[], options: LuaGuestOptions) {
    this.instance = instance
    this.declared = declared
    this.told = told
    this.#options = options
    this.#keys = declared.filter(([what]) => what === 'reads').map(([, , key]) => String(key))
  }

  request(message: TestMessage = {}): readonly Said[] | Trap {
    return this.call('request', message)
  }

  response(message: TestMessage = {}): readonly Said[] | Trap {
    return this.call('response', { kind: 'response', status: 20, ...message })
  }

  call(phase: 'request' | 'response' | 'end' | 'resume', message: TestMessage): readonly Said[] | Trap {
    const times = { nowMs: this.#options.nowMs ?? 0, wallMs: this.#options.wallMs ?? 0 }
    const writer = this.#writer
    writer.begin(abi.phase[phase], times)
    this.#write(message, HANDLE)
    if (message.outcome !== undefined) writer.outcome(message.outcome)
    if (message.resume !== undefined) writer.resume(message.resume)
    if (message.companion !== undefined) this.#write(message.companion, 0)
    writer.finish()
    const answer = this.instance.call(abi.phase[phase], writer.bytes, writer.size)
    return read(answer, abi.phase[phase])
  }

  /** The same, and what was said has to be an answer. */
  ask(message: TestMessage = {}): readonly Said[] {
    const said = this.request(message)
    if (said instanceof Trap) expect.fail(`${said.kind}: ${said.text}`)
    return said
  }

  /** The same, and it has to fail. */
  fails(message: TestMessage = {}): Trap {
    const said = this.request(message)
    if (!(said instanceof Trap)) expect.fail(`said ${JSON.stringify(said)}`)
    return said
  }

  #write(message: TestMessage, handle: number): void {
    const properties = Object.entries(message.properties ?? {}).map(
      ([key, value]) => [key, (Array.isArray(value) ? value : [value]).map(hexOf)] as const,
    )
    const metadata = {
      kind: 'request',
      protocol: 'dubbo',
      id: '1',
      status: -1,
      streamId: 0,
      headerSize: 16,
      operation: 'demo.Greeter/hello',
      listener: 'in',
      peer: '10.0.0.1:40000',
      ...message,
      properties,
      bodySize: message.body?.length ?? message.bodySize ?? 100,
      body: message.body?.toString('hex') ?? '',
    } as const
    const reads = {
      keys: this.#keys,
      allKeys: message.allKeys ?? false,
      body: message.body !== undefined,
      operation: this.declared.some(
        ([what, bits]) => what === 'wants' && (Number(bits) & abi.want.operation) !== 0,
      ),
    }
    this.#writer.message(vectorMessage(metadata), handle, readsOf(reads))
  }
}

/** A configured plugin, or why there is none. */
export function tryLua(source: string, options: LuaGuestOptions = {}): LuaGuest | Trap {
  const told: string[] = []
  const host: GuestHost = {
    grants: options.grants ?? 12,
    clock: { nowMs: 0, wallMs: 0 },
    random: () => 0.5,
    log: (_level, text) => told.push(text),
    count: () => {},
    ...(options.keyValue === undefined ? {} : { keyValue: options.keyValue }),
  }
  const limits = { ...defaultLuaLimits, ...options.limits }
  const file = options.file ?? Buffer.from(source)
  const module = createLuaModule({ interpreter, name: options.name ?? 'tag.lua', file, limits })
  if (module instanceof Trap) return module
  const instance = module.instantiate(host)
  if (instance instanceof Trap) return instance
  const writer = new BlockWriter()
  writer.configure(Buffer.from(JSON.stringify(options.config ?? {})), host.grants, {
    nowMs: options.nowMs ?? 0,
    wallMs: options.wallMs ?? 0,
  })
  const declared = read(instance.call(abi.phase.configure, writer.bytes, writer.size), abi.phase.configure)
  return declared instanceof Trap ? declared : new LuaGuest(instance, declared, told, options)
}

export function lua(source: string, options: LuaGuestOptions = {}): LuaGuest {
  const guest = tryLua(source, options)
  if (guest instanceof Trap) expect.fail(`${guest.kind}: ${guest.text}`)
  return guest
}

/** A plugin whose `onRequest` has this body. */
export function onRequest(body: string, options: LuaGuestOptions = {}): LuaGuest {
  return lua(`function onRequest(metadata, mutation)\n${body}\nend`, options)
}

/** What an expression is, as a line of log says it. */
export function evaluate(expression: string, options: LuaGuestOptions = {}): string {
  const [said] = onRequest(`log(tostring((${expression})))`, options).ask()
  return String(said?.[2])
}

function hexOf(value: string | Buffer): string {
  return (typeof value === 'string' ? textBytes(value) : value).toString('hex')
}

function read(answer: ReturnType<GuestInstance['call']>, phase: number): readonly Said[] | Trap {
  if (answer === undefined) return []
  if (answer instanceof Trap) return answer
  if (!(answer instanceof OpList)) expect.fail('an interpreter in this process answers at once')
  const names = { has: (handle: number) => phase !== abi.phase.end && handle === HANDLE }
  const trap = new OpCheck(defaultOpBudget, ALL_GRANTS).check(answer, phase, names)
  if (trap !== undefined) return trap
  const said: Said[] = []
  const mutation = new Mutation()
  new OpReader().apply(answer, sinkOf(said, mutation))
  for (const { op, key, value } of mutation.edits) said.push([op, key, hexOf(value)])
  if (mutation.newBody !== undefined) said.push(['body', mutation.newBody.toString('hex')])
  return said
}

function sinkOf(said: Said[], mutation: Mutation): OpSink {
  return {
    mutation: () => mutation,
    verdict: (_handle, verdict) => said.push(['verdict', verdict]),
    log: (level, text) => said.push(['log', level, text]),
    count: (name, count) => said.push(['count', name, count]),
    reads: (phases, key) => said.push(['reads', phases, key]),
    readsAll: (phases) => said.push(['readsAll', phases]),
    wants: (what) => said.push(['wants', what]),
    phases: (phases) => said.push(['phases', phases]),
    refuse: (text) => said.push(['refuse', text]),
    state: (bytes) => said.push(['state', bytes.toString('hex')]),
  }
}

/** The verdict among what was said. */
export function verdictOf(said: readonly Said[] | Trap): unknown {
  if (said instanceof Trap) return said
  return said.find(([what]) => what === 'verdict')?.[1]
}
