/**
 * The meter: a WebAssembly module goes in, and one comes out that does the same until its fuel is spent, that cannot
 * grow past its quota, and that imports nothing the host does not offer. One pass, no dependency, no recursion over
 * what the guest wrote, memory in proportion to its size, and the same bytes for the same input.
 *
 * The engine validates the module as it was given: what the meter appends has indices that the guest's own code
 * could otherwise name.
 */
import { allSteps } from './all-steps.ts'
import type { ModuleFacts } from './facts.ts'
import type { MeteredLayout } from './metered-layout.ts'
import type { ModuleScan } from './module-scan.ts'
import { ModuleWriter } from './module-writer.ts'
import type { MeterQuota } from './quota.ts'
import { Refusal, type RefusalCode } from './refusal.ts'
import { scanModule } from './scan-module.ts'

/** Goes up whenever the same module comes out different, for whoever keeps metered modules. */
export const METER_VERSION = 3

/** Of the engine's own words about a module that is not valid. */
const REASON_LENGTH_MAX = 300

export type MeterResult =
  | {
      readonly kind: 'metered'
      readonly bytes: Uint8Array<ArrayBuffer>
      readonly facts: ModuleFacts
      readonly layout: MeteredLayout
    }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly text: string; readonly offset: number }

/** Meters a module, or says why not: `text` completes a sentence that begins with the module's name. */
export function meterModule(bytes: Uint8Array<ArrayBuffer>, quota: MeterQuota): MeterResult {
  return allSteps(meterSteps(bytes, quota))
}

/** The same in steps of some milliseconds, for a thread that has something else to do between them. */
export function* meterSteps(
  bytes: Uint8Array<ArrayBuffer>,
  quota: MeterQuota,
): Generator<undefined, MeterResult> {
  try {
    return yield* meter(bytes, quota)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { kind: 'refused', code: error.code, text: error.message, offset: error.offset }
  }
}

function* meter(bytes: Uint8Array<ArrayBuffer>, quota: MeterQuota): Generator<undefined, MeterResult> {
  if (bytes.length > quota.moduleBytesMax) {
    throw new Refusal('over_quota', `has ${bytes.length} bytes, the quota is ${quota.moduleBytesMax}`, 0)
  }
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const scan = yield* scanModule(source, quota)
  const writer = new ModuleWriter(scan, quota, source)
  const metered = yield* writer.write()
  // Last, because it costs the engine most; what is above holds for bytes that are not valid just as well.
  if (!WebAssembly.validate(bytes)) throw new Refusal('invalid', `is not valid: ${invalidReason(bytes)}`, 0)
  const { functionEnds } = writer
  const layout = { functionEnds, functionCount: scan.functionTypes.count, globalCount: scan.globalCount }
  return { kind: 'metered', bytes: metered, facts: collectFacts(scan, writer), layout }
}

function collectFacts(scan: ModuleScan, writer: ModuleWriter): ModuleFacts {
  return {
    imports: scan.imports,
    exports: scan.exports,
    memory: scan.memory,
    tables: scan.tables.map((table) => table.size),
    functionCount: scan.functionTypes.count - scan.importedFunctions,
    functionBytes: writer.functionBytes,
    codeBytes: writer.codeBytes,
    compileWork: writer.compileWork,
    start: scan.start !== undefined,
    named: scan.named,
    manifest: scan.manifest,
  }
}

/** What the engine says about a module that it does not take. */
function invalidReason(bytes: Uint8Array<ArrayBuffer>): string {
  try {
    new WebAssembly.Module(bytes)
  } catch (error) {
    if (error instanceof Error) return error.message.replace(/[^\x20-\x7e]/g, '?').slice(0, REASON_LENGTH_MAX)
  }
  return 'the engine gives no reason'
}
