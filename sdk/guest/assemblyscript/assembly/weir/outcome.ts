/** Outcome: how an exchange ended. */
import { Bytes, view } from './bytes'
import { first } from './metadata'
import { Fault } from './verdict'

export enum Result {
  Ok = 1,
  Oneway,
  LocalReply,
  Error,
  Dropped,
  DownstreamGone,
}

@final
export class Outcome {
  get result(): Result {
    return load<u8>(first.extra)
  }

  get error(): Fault {
    return load<u8>(first.extra, 1)
  }

  get lateReply(): bool {
    return (load<u16>(first.extra, 2) & 1) != 0
  }

  get downstreamGone(): bool {
    return (load<u16>(first.extra, 2) & 2) != 0
  }

  get dropped(): bool {
    return (load<u16>(first.extra, 2) & 4) != 0
  }

  get retried(): bool {
    return (load<u16>(first.extra, 2) & 8) != 0
  }

  /** Status of the response; -1 when there was none. */
  get status(): i32 {
    return load<i32>(first.extra, 4)
  }

  get durationMs(): f64 {
    return load<f64>(first.extra, 8)
  }

  /** From forwarding to the reply; -1 when there was none. */
  get upstreamMs(): f64 {
    return load<f64>(first.extra, 16)
  }

  get requestBytes(): u32 {
    return load<u32>(first.extra, 24)
  }

  get responseBytes(): u32 {
    return load<u32>(first.extra, 28)
  }

  get attempts(): u32 {
    return load<u32>(first.extra, 32)
  }

  get cluster(): Bytes {
    return refer(36)
  }

  get endpoint(): Bytes {
    return refer(44)
  }

  /** The sentence the caller was told with the error. */
  get errorText(): Bytes {
    return refer(52)
  }
}

/** What stands behind a record counts from that record's beginning. */
function refer(at: usize): Bytes {
  return view(first.begins + load<u32>(first.extra + at), load<u32>(first.extra + at, 4))
}

export const outcome = new Outcome()
