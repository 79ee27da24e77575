/** The problems of a configuration as the lines a user sees, for short expectations. */
import { validate } from '../../../core/config/compile.ts'
import { inertHost } from '../../../core/config/inert-host.ts'
import { loadConfig } from '../../../core/config/load.ts'
import { problemText } from '../../../core/config/problem.ts'
import { sampleRegistry } from './sample-plugins.ts'

export function problemLines(text: string): readonly string[] {
  const { registry } = sampleRegistry()
  return validate(loadConfig(text, 'weir.yaml'), registry, inertHost).map(problemText)
}

/** A valid configuration whose first listener has these further lines, indented by four. */
export function withListener(lines: string): string {
  return `listeners:
  - name: main
    address: 127.0.0.1:20880
    protocol: dubbo
${lines}
clusters:
  - name: demo
    endpoints: [127.0.0.1:20881]
`
}

/** A valid configuration whose only cluster has these further lines, indented by four. */
export function withCluster(lines: string): string {
  return `listeners: [{ name: main, address: '127.0.0.1:0', protocol: dubbo }]
clusters:
  - name: demo
    endpoints: [127.0.0.1:20881]
${lines}
`
}
