import {execFile} from 'node:child_process'
import {copyFile, mkdir, readdir, rename, rm, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {promisify} from 'node:util'

const run = promisify(execFile)
const SIZE = '24m'

/** A disk of its own for a few files, which can be filled up. */
export class SmallDisk {
  readonly #path: string

  private constructor(path: string) {
    this.#path = path
  }

  /** Whether this process may mount a disk at all: in most containers it may not. */
  static async isPossible(): Promise<boolean> {
    try {
      const disk = await SmallDisk.mount(join(tmpdir(), `pdist-disk-${process.pid}`))
      await disk.unmount()
      return true
    } catch {
      return false
    }
  }

  static async mount(path: string): Promise<SmallDisk> {
    await mkdir(path)
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', path])
    } catch (error) {
      await rm(path, {recursive: true})
      throw error
    }
    return new SmallDisk(path)
  }

  /** Moves the files of a folder whose names begin so here, and leaves links to them. Nobody may have them open. */
  async takeOver(folder: string, prefix: string): Promise<void> {
    for (const name of (await readdir(folder)).filter((each) => each.startsWith(prefix))) {
      await copyFile(join(folder, name), join(this.#path, name))
      await rename(join(folder, name), join(folder, `moved-${name}`))
      await symlink(join(this.#path, name), join(folder, name))
    }
  }

  /** Nothing can be written any more, until `free`. */
  async fill(): Promise<void> {
    const block = Buffer.alloc(64 * 1024)
    for (const size of [block.length, 4096]) {
      for (let i = 0; ; i++) {
        const written = await writeFile(
          join(this.#path, `filler-${size}-${i}`),
          block.subarray(0, size),
        ).then(
          () => true,
          (error: NodeJS.ErrnoException) => isFull(error),
        )
        if (!written) break
      }
    }
  }

  async free(): Promise<void> {
    const names = (await readdir(this.#path)).filter((name) => name.startsWith('filler-'))
    await Promise.all(names.map((name) => rm(join(this.#path, name))))
  }

  async unmount(): Promise<void> {
    await run('umount', [this.#path])
    await rm(this.#path, {recursive: true})
  }
}

function isFull(error: NodeJS.ErrnoException): false {
  if (error.code !== 'ENOSPC') throw error
  return false
}
