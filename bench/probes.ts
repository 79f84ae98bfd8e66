import {mkdtemp, readdir, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

/** What `probe.mjs` notes in a daemon. */
export interface Note {
  what: string
  role: string
  pid: number
  /** Milliseconds, as `performance.now()` of this process has them. */
  at: number
  method?: string
  path?: string
}

const PROBE = fileURLToPath(new URL('probe.mjs', import.meta.url))

/** Has the daemons that are started meanwhile tell when they do what. */
export class Probes {
  readonly #directory: string
  readonly #before = process.env.NODE_OPTIONS
  /** From the clock of the machine to that of this process. */
  readonly #offset = performance.now() - Number(process.hrtime.bigint()) / 1e6

  private constructor(directory: string) {
    this.#directory = directory
    process.env.BENCH_PROBE_DIR = directory
    process.env.NODE_OPTIONS = [this.#before, `--import=${PROBE}`].filter(Boolean).join(' ')
  }

  static async open(): Promise<Probes> {
    return new Probes(await mkdtemp(join(tmpdir(), 'pdist-bench-probes-')))
  }

  /** All that was noted so far, the oldest first. */
  async notes(): Promise<Note[]> {
    const files = await readdir(this.#directory)
    const texts = await Promise.all(files.map((file) => readFile(join(this.#directory, file), 'utf8')))
    const notes = texts.flatMap((text) => text.trimEnd().split('\n').filter(Boolean).map(this.#read))
    return notes.sort((a, b) => a.at - b.at)
  }

  async close(): Promise<void> {
    delete process.env.BENCH_PROBE_DIR
    if (this.#before === undefined) delete process.env.NODE_OPTIONS
    else process.env.NODE_OPTIONS = this.#before
    await rm(this.#directory, {recursive: true, force: true})
  }

  readonly #read = (line: string): Note => {
    const note = JSON.parse(line) as Note
    return {...note, at: note.at + this.#offset}
  }
}
