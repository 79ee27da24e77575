/** FunctionMeterOf: the meter of the functions of a scanned module, which knows where things lie in it. */
import { FunctionMeter } from './function-meter.ts'
import type { ModuleScan } from './module-scan.ts'
import type { MeterQuota } from './quota.ts'

/** The fuel is behind so many globals of the module's own. */
export function functionMeterOf(scan: ModuleScan, quota: MeterQuota, globalCount: number): FunctionMeter {
  const { values, types, functionTypes, importedFunctions } = scan
  return new FunctionMeter({
    values,
    types,
    functionTypes,
    importedFunctions,
    appendedFunctions: functionTypes.count,
    fuelGlobal: globalCount,
    exceptions: quota.exceptions === 'numbers',
  })
}
