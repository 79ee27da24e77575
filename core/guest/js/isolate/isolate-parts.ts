/** IsolateParts: the parts of the program that runs inside of an isolate, by the names under which it finds them. */
import { isolateBatch } from './isolate-batch.ts'
import { isolateBlock } from './isolate-block.ts'
import { isolateDeclaration } from './isolate-declaration.ts'
import { isolateEngine } from './isolate-engine.ts'
import { isolateExports } from './isolate-exports.ts'
import { isolateExtra } from './isolate-extra.ts'
import { isolateFailure } from './isolate-failure.ts'
import { isolateFilter } from './isolate-filter.ts'
import { isolateGrants } from './isolate-grants.ts'
import { isolateList } from './isolate-list.ts'
import { isolateLog } from './isolate-log.ts'
import { isolateMetadata } from './isolate-metadata.ts'
import { isolateMutation } from './isolate-mutation.ts'
import { isolateStore } from './isolate-store.ts'
import { isolateText } from './isolate-text.ts'
import { isolateValues } from './isolate-values.ts'
import { isolateVerdicts } from './isolate-verdicts.ts'

export type IsolateParts = typeof isolateParts

export const isolateParts = {
  engine: isolateEngine,
  text: isolateText,
  values: isolateValues,
  block: isolateBlock,
  list: isolateList,
  store: isolateStore,
  grants: isolateGrants,
  log: isolateLog,
  failure: isolateFailure,
  exports: isolateExports,
  metadata: isolateMetadata,
  extra: isolateExtra,
  mutation: isolateMutation,
  verdicts: isolateVerdicts,
  declaration: isolateDeclaration,
  filter: isolateFilter,
  batch: isolateBatch,
} as const
