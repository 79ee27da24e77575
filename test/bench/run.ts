/** Run: sets the ground (echo server, load generator, a directory), runs the sections asked for, and clears up. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Bench, LoadGenerator, type Section } from './bench.ts'
import type { Children } from './children.ts'
import { codecsSection } from './codecs.ts'
import type { BenchOptions, SectionName } from './options.ts'
import { pluginStartSection, pluginsSection } from './plugins.ts'
import { redisSection } from './redis.ts'
import { saveToServingSection } from './save-to-serving.ts'
import { idleSection, latencySection, memorySection } from './scenarios.ts'
import type { Programs } from './targets.ts'
import { bodiesSection, shapesSection } from './throughput.ts'
import { workersSection } from './workers.ts'

const sections: Readonly<Record<SectionName, (bench: Bench) => Promise<Section>>> = {
  shapes: shapesSection,
  bodies: bodiesSection,
  workers: workersSection,
  latency: latencySection,
  idle: idleSection,
  memory: memorySection,
  plugins: pluginsSection,
  'plugin-start': pluginStartSection,
  'save-to-serving': saveToServingSection,
  codecs: codecsSection,
  redis: redisSection,
}

export interface BenchRun {
  readonly options: BenchOptions
  readonly children: Children
  readonly programs: Programs
  readonly tell: (text: string) => void
  /** Called with each section as soon as it is measured. */
  readonly onSection: (section: Section) => void
}

/** Answers the sections in order; all children are gone afterwards, whatever happened. */
export async function runBench(run: BenchRun): Promise<readonly Section[]> {
  const { options, children, programs, tell } = run
  const dir = mkdtempSync(join(tmpdir(), 'weir-bench-'))
  try {
    const echo = await children.fork(new URL('./echo.ts', import.meta.url))
    const load = new LoadGenerator(children.forkSilent(new URL('./load.ts', import.meta.url)))
    const mains = { weirMain: options.weir, otherMain: options.against }
    const ground = { children, echoPort: echo.port, dir, programs, ...mains }
    const bench = { options, load, tell, ground }
    const measured: Section[] = []
    for (const name of options.sections) {
      const section = await sections[name](bench)
      measured.push(section)
      run.onSection(section)
    }
    return measured
  } finally {
    children.killAll()
    rmSync(dir, { recursive: true, force: true })
  }
}
