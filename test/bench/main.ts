/** `npm run bench`: parses the options, finds the peers, runs the sections and prints what they measured. */
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { Children } from './children.ts'
import { help, parseOptions } from './options.ts'
import { findPeers, installPeers, versionOf } from './peers.ts'
import { sectionText } from './report.ts'
import { runBench } from './run.ts'

/** Above this something else runs. */
const BUSY_LOAD = 0.5
const busyNote =
  'note: other programs are busy here. CPU per request stays about right; calls/s and p99 do not.\n'

const options = parseOptions(process.argv.slice(2))
if (options === 'help') process.stdout.write(help)
else if ('problem' in options) {
  process.stderr.write(`bench: ${options.problem}\n\n${help}`)
  process.exitCode = 2
} else {
  const tell = (text: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
  }
  const children = new Children()
  const end = (text: string): void => {
    children.killAll()
    process.stderr.write(`\nbench: ${text}\n`)
    process.exit(1)
  }
  process.once('SIGINT', () => end('interrupted'))
  process.once('SIGTERM', () => end('terminated'))
  process.once('exit', () => children.killAll())
  setTimeout(() => end('the deadline has passed'), options.deadlineMs).unref()

  const cacheDir = join(process.env['WEIR_CACHE'] ?? '.cache', 'bench')
  const say = (text: string) => process.stderr.write(`${text}\n`)
  if (options.install) installPeers(cacheDir, findPeers(cacheDir, process.env['PATH'] ?? ''), say)
  const programs = findPeers(cacheDir, process.env['PATH'] ?? '')
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    'load before': loadavg()[0]?.toFixed(2) ?? 'unknown',
    node: process.version,
    envoy: versionOf(programs.envoy, '--version'),
    haproxy: versionOf(programs.haproxy, '-v'),
  }
  if (!options.json) {
    const about = Object.entries(machine).map(([key, value]) => `${key}: ${value}`)
    process.stdout.write(`${about.join('\n')}\n`)
    if (Number(machine['load before']) > BUSY_LOAD) process.stdout.write(busyNote)
  }
  const onSection = (section: Parameters<typeof sectionText>[0]): void => {
    tell('')
    if (!options.json) process.stdout.write(sectionText(section))
  }
  const sections = await runBench({ options, children, programs, tell, onSection })
  if (options.json) process.stdout.write(`${JSON.stringify({ machine, sections }, undefined, 2)}\n`)
}
