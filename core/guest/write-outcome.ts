/** Writes how an exchange ended into the fixed part that a block has for it (sdk/ABI.md §2), and its texts behind. */
import { abi } from '../../sdk/abi/abi.ts'
import type { ErrorKind, ExchangeFlag, Outcome } from '../../sdk/index.ts'
import type { BlockBytes } from './block-bytes.ts'

const { outcome: outcomeAt } = abi
const U32_MAX = 0xffff_ffff

/** `at` is where the fixed part is, `record` where the record that it belongs to begins. */
export function writeOutcome(out: BlockBytes, at: number, record: number, outcome: Outcome): void {
  const { view } = out
  view.setUint8(at + outcomeAt.result, abi.result[outcome.result])
  view.setUint8(at + outcomeAt.error, errorNumber(outcome.error))
  view.setUint16(at + outcomeAt.flags, flagBits(outcome.flags), true)
  view.setInt32(at + outcomeAt.responseStatus, outcome.response?.status ?? -1, true)
  view.setFloat64(at + outcomeAt.durationMs, outcome.durationMs, true)
  view.setFloat64(at + outcomeAt.upstreamMs, outcome.upstreamMs, true)
  view.setUint32(at + outcomeAt.requestBytes, Math.min(outcome.requestBytes, U32_MAX), true)
  view.setUint32(at + outcomeAt.responseBytes, Math.min(outcome.responseBytes, U32_MAX), true)
  view.setUint32(at + outcomeAt.attempts, outcome.attempts, true)
  out.refer(record, at - record + outcomeAt.cluster, outcome.cluster)
  out.refer(record, at - record + outcomeAt.endpoint, outcome.endpoint)
  out.refer(record, at - record + outcomeAt.errorText, outcome.errorText)
}

function errorNumber(kind: ErrorKind | undefined): number {
  return kind === undefined ? 0 : abi.error[kind]
}

function flagBits(flags: readonly ExchangeFlag[]): number {
  let bits = 0
  for (const flag of flags) bits |= abi.outcomeFlag[flag]
  return bits
}
