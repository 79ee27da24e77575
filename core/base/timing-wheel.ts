/**
 * Timing wheel: the deadlines of everything that waits. Arming and cancelling relink an intrusive list and
 * allocate nothing. Time is cut into ticks; a deadline lies in the slot of the tick at which it is due, together
 * with those of later rounds, which stay when the slot comes by. One timer sleeps until the next slot that holds
 * something, so that an idle proxy is not woken. Order among deadlines of one tick is not promised.
 */
import type { RefreshableClock } from './clock.ts'

/** What waits. The fields belong to the wheel: set them in the constructor (0, undefined) and leave them alone. */
export interface Deadline {
  /** When it is due, in milliseconds of the clock; meaningful while armed. */
  deadlineMs: number
  /** Not `undefined` exactly while armed. */
  wheelNext: Deadline | undefined
  wheelPrevious: Deadline | undefined
  /** Its time has come. It is no longer armed, and may be armed again from here. */
  onDeadline(): void
}

type Timer = ReturnType<typeof setTimeout>

export class TimingWheel {
  readonly #clock: RefreshableClock
  readonly #tickMs: number
  readonly #mask: number
  readonly #slots: readonly ListHead[]
  /** Those whose slot has come by and who have not been told yet. */
  readonly #due = new ListHead()
  /** Every slot up to this tick has been visited. */
  #tick: number
  #armed = 0
  #running = false
  #timer: Timer | undefined = undefined
  /** The tick at which the timer wakes us; Infinity when there is none, -Infinity while stopped. */
  #wakeTick = Number.NEGATIVE_INFINITY

  /** `slots` is a power of two; `tickMs * slots` should cover common deadlines, longer ones take several rounds. */
  constructor(clock: RefreshableClock, tickMs = 10, slots = 1024) {
    if (!(tickMs > 0) || slots < 1 || (slots & (slots - 1)) !== 0)
      throw new RangeError(`A wheel of ${slots} slots of ${tickMs} ms cannot turn.`)
    this.#clock = clock
    this.#tickMs = tickMs
    this.#mask = slots - 1
    this.#slots = Array.from({ length: slots }, () => new ListHead())
    this.#tick = Math.floor(clock.nowMs / tickMs)
  }

  /** How many deadlines are armed. */
  get armed(): number {
    return this.#armed
  }

  /**
   * Calls `onDeadline` once, at least `afterMs` after the clock's now and within a tick of it, as far as the event
   * loop is free; so the clock should have been refreshed in this turn. Arms anew what was armed already. A deadline
   * that is no finite number never comes.
   */
  arm(deadline: Deadline, afterMs: number): void {
    if (deadline.wheelNext !== undefined) this.cancel(deadline)
    const nowMs = this.#clock.nowMs
    // A whole number is stored without allocating, for the first 24 days; rounded up it is never early.
    const deadlineMs = Math.ceil(nowMs + afterMs)
    if (this.#armed++ === 0) this.#tick = Math.max(this.#tick, Math.floor(nowMs / this.#tickMs))
    // A slot that has been visited comes by again only a whole round later.
    const tick = Math.max(Math.ceil(deadlineMs / this.#tickMs), this.#tick + 1)
    const head = this.#slots[tick & this.#mask] ?? this.#due
    deadline.deadlineMs = deadlineMs
    append(head, deadline)
    if (tick < this.#wakeTick) this.#wakeAt(tick)
  }

  /** Forgets the deadline; nothing happens when it is not armed. */
  cancel(deadline: Deadline): void {
    if (deadline.wheelNext === undefined) return
    unlink(deadline)
    this.#armed--
  }

  /** Tells everyone who is due. The timer calls it; call it by hand only with a clock of your own. */
  tick(): void {
    this.#clock.refresh()
    const nowMs = this.#clock.nowMs
    const nowTick = Math.floor(nowMs / this.#tickMs)
    // After a long sleep one round visits every slot; more would visit them again.
    const first = Math.max(this.#tick + 1, nowTick - this.#mask)
    for (let tick = first; tick <= nowTick; tick++) this.#collect(tick, nowMs)
    this.#tick = Math.max(this.#tick, nowTick)
    this.#fire()
  }

  /** From now on a timer calls {@link tick} when something may be due. It does not keep the process alive. */
  start(): void {
    if (this.#running) return
    this.#running = true
    this.#sleep()
  }

  /** No timer is left afterwards; what is armed stays armed. */
  stop(): void {
    this.#running = false
    this.#dropTimer()
    this.#wakeTick = Number.NEGATIVE_INFINITY
  }

  /** Moves what is due in a slot aside, so that those who are told may arm and cancel as they like. */
  #collect(tick: number, nowMs: number): void {
    const head = this.#slots[tick & this.#mask]
    let next = head?.wheelNext
    while (next !== undefined && next !== head) {
      const deadline = next
      next = deadline.wheelNext
      if (!(deadline.deadlineMs <= nowMs)) continue
      unlink(deadline)
      append(this.#due, deadline)
    }
  }

  #fire(): void {
    for (let deadline = this.#due.wheelNext; deadline !== this.#due; deadline = this.#due.wheelNext) {
      unlink(deadline)
      this.#armed--
      deadline.onDeadline()
    }
  }

  #onTimer(): void {
    this.#timer = undefined
    // Those who are told may arm as they like; one look at the slots afterwards sets one timer.
    this.#wakeTick = Number.NEGATIVE_INFINITY
    try {
      this.tick()
    } finally {
      if (this.#running) this.#sleep()
    }
  }

  /** Sleeps until the next slot that holds something comes by; until the next arming when none does. */
  #sleep(): void {
    this.#dropTimer()
    if (this.#armed === 0) return
    let tick = this.#tick + 1
    if (this.#due.wheelNext === this.#due) {
      const last = tick + this.#mask
      while (tick < last && this.#emptyAt(tick)) tick++
    }
    this.#wakeAt(tick)
  }

  #emptyAt(tick: number): boolean {
    const head = this.#slots[tick & this.#mask]
    return head === undefined || head.wheelNext === head
  }

  #wakeAt(tick: number): void {
    this.#dropTimer()
    this.#wakeTick = Math.min(tick, this.#tick + this.#mask + 1)
    const waitMs = Math.ceil(this.#wakeTick * this.#tickMs - this.#clock.nowMs)
    this.#timer = setTimeout(() => this.#onTimer(), Math.max(waitMs, 1))
    this.#timer.unref()
  }

  #dropTimer(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer)
    this.#timer = undefined
    this.#wakeTick = Number.POSITIVE_INFINITY
  }
}

/** The head of a circular list; it closes the circle, so that nobody has to ask who is first or last. */
class ListHead implements Deadline {
  deadlineMs = Number.POSITIVE_INFINITY
  wheelNext: Deadline = this
  wheelPrevious: Deadline = this
  onDeadline(): void {}
}

function append(head: ListHead, deadline: Deadline): void {
  const last = head.wheelPrevious
  deadline.wheelPrevious = last
  deadline.wheelNext = head
  last.wheelNext = deadline
  head.wheelPrevious = deadline
}

function unlink(deadline: Deadline): void {
  const previous = deadline.wheelPrevious
  const next = deadline.wheelNext
  deadline.wheelNext = undefined
  deadline.wheelPrevious = undefined
  if (previous !== undefined) previous.wheelNext = next
  if (next !== undefined) next.wheelPrevious = previous
}
