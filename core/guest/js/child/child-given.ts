/** ChildGiven: what the program of a plugin's process is given: it may open no file, so everything it uses is here. */
import type Isolates from 'isolated-vm'
import type { abi as Abi } from '../../../../sdk/abi/abi.ts'
import type { TrapKind } from '../../trap.ts'
import type { isolateControl } from '../isolate/isolate-control.ts'
import type { IsolateStoreGiven } from '../isolate/isolate-store.ts'
import type { JsLimits } from '../js-limits.ts'
import type { childFrame } from './child-frame.ts'

/** What the worker tells the process about itself. */
export interface ChildSpec {
  readonly abi: typeof Abi
  readonly frame: typeof childFrame
  readonly control: typeof isolateControl
  readonly trapKinds: readonly TrapKind[]
  readonly limits: JsLimits
  /** The plugin's file, and its name without the folder. */
  readonly source: string
  readonly file: string
  readonly keys: readonly string[]
  readonly wants: number
  /** The text that {@link ../isolate/isolate-source.ts} answers. */
  readonly isolate: string
  readonly storeBytes: number
  readonly storeCodes: IsolateStoreGiven['codes']
}

/** What only the process itself can do. */
export interface ChildSystem {
  readonly isolates: typeof Isolates
  /** Waits for bytes; 0 when the other side is gone. */
  read(into: Buffer, from: number): number
  write(bytes: Buffer, from: number, size: number): number
  nowMs(): number
  /** What this thread has had of a processor. */
  processorMs(): number
  residentBytes(): number
  /** At once, without cleaning up. */
  die(): never
}

/** What a call failed of, for people. */
export interface ChildFailure {
  readonly kind: TrapKind
  readonly text: string
}
