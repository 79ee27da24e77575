/** AuthorFolder: an empty folder in which an author types commands, with what they print. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runCli } from '../../../../core/cli/cli.ts'
import { loadBuiltIns } from '../../../../core/plugin/built-ins.ts'
import { FakeHost } from '../fake-host.ts'

class AuthorHost extends FakeHost {
  override async loadPlugins() {
    return await loadBuiltIns()
  }
}

export class AuthorFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'weir-author-'))

  write(name: string, text: string | Uint8Array): void {
    mkdirSync(dirname(join(this.path, name)), { recursive: true })
    writeFileSync(join(this.path, name), text)
  }

  read(name: string): string {
    return readFileSync(join(this.path, name), 'utf8')
  }

  /** Types a command; `@` stands for this folder. What is printed shows it as `@`, too. */
  async weir(
    line: string,
  ): Promise<{ readonly code: number; readonly printed: string; readonly told: string }> {
    const host = new AuthorHost()
    const code = await runCli(line.replaceAll('@', this.path).split(' ').filter(Boolean), host)
    const plain = (text: string) => text.replaceAll(this.path, '@')
    return { code, printed: plain(host.printed), told: plain(host.told) }
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
