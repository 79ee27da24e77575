/**
 * Timing wheel: the deadlines of everything that waits. Time is cut into ticks; a deadline lies in the slot of the tick at
 * which it is due, together with those of later rounds, which stay when the slot comes by. What is armed at the same moment
 * for the same time, as the requests of a chunk are, is a group: one place in a slot, and an intrusive list that is relinked.
 * One timer sleeps until the next slot that holds something, so that an idle proxy is not woken. Order among deadlines of one
 * tick is not promised.
 */
import type { RefreshableClock } from './clock.ts'

/** What waits. The fields belong to the wheel: set them to `undefined` in the constructor and leave them alone. */
export interface Deadline {
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
  readonly #slots: readonly Group[]
  /** Those whose slot has come by and who have not been told yet. */
  readonly #due = new Group(Number.NaN, 0, 0)
  /** What was armed last: the next is mostly armed with it. */
  #latest = this.#due
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
    this.#slots = Array.from({ length: slots }, () => new Group(Number.NaN, 0, 0))
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
    let group = this.#latest
    if (group.armedMs !== nowMs || group.afterMs !== afterMs) group = this.#begin(nowMs, afterMs)
    this.#armed++
    append(group, deadline)
  }

  /** Forgets the deadline; nothing happens when it is not armed. */
  cancel(deadline: Deadline): void {
    if (deadline.wheelNext === undefined) return
    unlink(deadline)
    this.#armed--
  }

  /** A group with a place in the slot of its tick. */
  #begin(nowMs: number, afterMs: number): Group {
    const group = new Group(nowMs, afterMs, Math.ceil(nowMs + afterMs))
    if (this.#armed === 0) this.#tick = Math.max(this.#tick, Math.floor(nowMs / this.#tickMs))
    // A slot that has been visited comes by again only a whole round later.
    const tick = Math.max(Math.ceil(group.deadlineMs / this.#tickMs), this.#tick + 1)
    group.enter(this.#slots[tick & this.#mask] ?? this.#due)
    this.#latest = group
    if (tick < this.#wakeTick) this.#wakeAt(tick)
    return group
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
    const slot = this.#slots[tick & this.#mask]
    if (slot === undefined) return
    for (let group = slot.after, after = group.after; group !== slot; group = after, after = group.after) {
      if (!(group.deadlineMs <= nowMs)) continue
      group.leave()
      for (let deadline = group.wheelNext; deadline !== group; deadline = group.wheelNext) {
        unlink(deadline)
        append(this.#due, deadline)
      }
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
    const slot = this.#slots[tick & this.#mask]
    return slot === undefined || slot.after === slot
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

/**
 * The head of the circle of those that are due at one moment, and a place in the circle of a slot's groups, whose head is a
 * group without deadlines. Groups are as young as what is in them: an old head would be told to the garbage collector with
 * each young one that is linked to it, 10 ns of a request.
 */
class Group implements Deadline {
  /** When it was begun; not a number once nothing may join it. */
  armedMs = 0
  readonly afterMs: number = 0
  readonly deadlineMs: number = 0
  wheelNext: Deadline = this
  wheelPrevious: Deadline = this
  before: Group = this
  after: Group = this

  constructor(armedMs: number, afterMs: number, deadlineMs: number) {
    this.armedMs = armedMs
    this.afterMs = afterMs
    this.deadlineMs = deadlineMs
  }

  onDeadline(): void {}

  enter(slot: Group): void {
    const last = slot.before
    this.before = last
    this.after = slot
    last.after = this
    slot.before = this
  }

  /** It has no place in a slot any more. */
  leave(): void {
    this.before.after = this.after
    this.after.before = this.before
    this.before = this
    this.after = this
    this.armedMs = Number.NaN
  }
}

function append(group: Group, deadline: Deadline): void {
  const last = group.wheelPrevious
  deadline.wheelPrevious = last
  deadline.wheelNext = group
  last.wheelNext = deadline
  group.wheelPrevious = deadline
}

function unlink(deadline: Deadline): void {
  const previous = deadline.wheelPrevious
  const next = deadline.wheelNext
  deadline.wheelNext = undefined
  deadline.wheelPrevious = undefined
  if (previous === undefined || next === undefined) return
  previous.wheelNext = next
  next.wheelPrevious = previous
  // Only the head of its circle is left.
  if (next === previous && next instanceof Group) next.leave()
}
