/** ScanModule: a module, of which nobody has read a byte yet, read up to its code. */
import { BinaryReader } from './binary-reader.ts'
import { ModuleScan, type SectionChoice } from './module-scan.ts'
import type { MeterQuota } from './quota.ts'
import { Refusal } from './refusal.ts'

/** `\0asm` and version 1 (WebAssembly core specification §5.5.16). */
const PREAMBLE = Buffer.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00])

/** In steps. Throws a {@link Refusal} where something in it is not accepted. */
export function* scanModule(
  source: Buffer,
  quota: MeterQuota,
  asked?: SectionChoice,
): Generator<undefined, ModuleScan> {
  if (!source.subarray(0, PREAMBLE.length).equals(PREAMBLE)) {
    throw new Refusal('malformed', 'is no WebAssembly module of version 1', 0)
  }
  const scan = new ModuleScan(source, quota)
  yield* scan.read(new BinaryReader(source, PREAMBLE.length, source.length), asked)
  return scan
}
