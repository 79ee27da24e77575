/** FunctionMeterOf: the meter of the functions of a scanned module, which knows where things lie in it. */
import { FunctionMeter } from './function-meter.ts'
import type { ModuleScan } from './module-scan.ts'
import type { MeterQuota } from './quota.ts'

export function functionMeterOf(scan: ModuleScan, quota: MeterQuota): FunctionMeter {
  const { values, types, functionTypes, importedFunctions, globalCount } = scan
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
