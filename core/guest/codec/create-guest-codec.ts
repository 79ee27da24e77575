/**
 * Makes a codec of a plugin that is ready: instantiates it, hands it its configuration, and reads what it declares about
 * its protocol. A trap says why there is none; the version that was there before stays then.
 */
import { abi } from '../../../sdk/abi/abi.ts'
import type { Clock, Log, SharedState } from '../../../sdk/index.ts'
import { BlockWriter } from '../block.ts'
import { Breaker } from '../breaker.ts'
import { createCallSink } from '../create-call-sink.ts'
import { defaultGuestBudget } from '../guest-budget.ts'
import type { GuestHost } from '../guest-host.ts'
import type { GuestInstance, GuestModule } from '../guest-instance.ts'
import type { GuestServices } from '../guest-services.ts'
import { GuestStats } from '../guest-stats.ts'
import { Instances } from '../instances.ts'
import { LaterAnswer } from '../later-answer.ts'
import { Trap } from '../trap.ts'
import { type CodecDeclaration, readCodecDeclaration } from './codec-declaration.ts'
import { CodecGuest } from './codec-guest.ts'
import { type CodecLimits, defaultCodecLimits } from './codec-limits.ts'
import { CodecNotes } from './codec-notes.ts'
import { GuestCodec } from './guest-codec.ts'
import { RemoteCodec } from './remote-codec.ts'

/** A peer that knows how to make a codec fail must not be able to shut out the others for long. */
const BREAKER = { failuresMax: 20, failureWindowMs: 10_000, backoffMs: 1_000, backoffMaxMs: 8_000 }

export interface GuestCodecUse {
  /** The protocol's name. */
  readonly protocol: string
  /** The plugin's name in logs and figures. */
  readonly plugin: string
  readonly module: GuestModule
  readonly config: unknown
  /** Bits of `abi.grant`. */
  readonly grants: number
  readonly limits?: Partial<CodecLimits>
  readonly host: {
    readonly clock: Clock
    readonly log: Log
    readonly shared: SharedState
    random(): number
  }
  readonly services: Pick<GuestServices, 'defer' | 'failed' | 'logged'>
}

export function createGuestCodec(use: GuestCodecUse): GuestCodec | RemoteCodec | Trap {
  const { plugin, services, host } = use
  const limits: CodecLimits = { ...defaultCodecLimits, ...use.limits }
  const stats = new GuestStats(host.shared, plugin)
  const { grants } = use
  const sink = createCallSink({ plugin, grants, budget: defaultGuestBudget, stats, host, services })
  const notes = new CodecNotes(sink)
  const guestHost: GuestHost = {
    grants: use.grants,
    clock: host.clock,
    random: () => host.random(),
    log: (level, text) => sink.log(level, text),
    count: (name, count) => sink.count(name, count),
  }
  let declaration: CodecDeclaration | undefined
  const create = (): GuestInstance | Trap => {
    const instance = use.module.instantiate(guestHost)
    if (instance instanceof Trap) return instance
    const declared = configure(instance, use, limits, notes)
    if (!(declared instanceof Trap)) {
      declaration ??= declared
      return instance
    }
    instance.close()
    return declared
  }
  const first = create()
  if (first instanceof Trap) return first
  if (declaration === undefined) return new Trap('abi', 'it declared nothing')
  const instances = new Instances(first, {
    create,
    defer: (work) => services.defer(work),
    spare: !use.module.remote,
  })
  const breaker = new Breaker(BREAKER, host.clock)
  const clock = (grants & abi.grant.clock) === 0 ? undefined : host.clock
  const { log } = host
  const guest = new CodecGuest({ plugin, instances, breaker, stats, sink, log, limits, services, clock })
  if (!use.module.remote) return new GuestCodec(use.protocol, declaration, guest)
  const misplaced = declaration.correlation === 'id' && declaration.idAt < 0
  if (!misplaced) return new RemoteCodec(use.protocol, declaration, guest)
  guest.close()
  return new Trap('abi', 'a codec in another process has to say where in every frame the id stands: idAt')
}

function configure(
  instance: GuestInstance,
  { config, grants, host }: GuestCodecUse,
  limits: CodecLimits,
  notes: CodecNotes,
): CodecDeclaration | Trap {
  const writer = new BlockWriter()
  const times = (grants & abi.grant.clock) === 0 ? { nowMs: 0, wallMs: 0 } : host.clock
  writer.configure(Buffer.from(JSON.stringify(config ?? {})), grants, times)
  const answer = instance.call(abi.phase.configure, writer.bytes, writer.size)
  if (answer instanceof Promise || answer instanceof LaterAnswer)
    return new Trap('abi', 'it has to declare at once')
  if (answer instanceof Trap) return answer
  notes.begin()
  return readCodecDeclaration(answer, limits, notes)
}
