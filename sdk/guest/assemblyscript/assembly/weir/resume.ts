/** Resume: why a message that was paused is here again. */
import { Bytes, view } from './bytes'
import { first, Metadata, second } from './metadata'

export enum Reason {
  Timer = 1,
  Answer,
  Failed,
}

@final
export class Resume {
  get reason(): Reason {
    return load<u8>(first.extra)
  }

  /** Whether it paused as a response. */
  get response(): bool {
    return load<u8>(first.extra, 1) == 3
  }

  /** How often this message has paused. */
  get pauses(): u32 {
    return load<u16>(first.extra, 2)
  }

  /** Why the call failed. */
  get text(): Bytes {
    return view(first.begins + load<u32>(first.extra, 8), load<u32>(first.extra, 12))
  }

  /** The answer to the call; null when there is none. */
  get answer(): Metadata | null {
    return this.reason == Reason.Answer ? second.show(first.next, true) : null
  }
}

export const resume = new Resume()
