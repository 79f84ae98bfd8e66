import {chmodSync, cpSync, lstatSync, lutimesSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {gzipSync} from 'node:zlib'

/** A folder that is filled with what a package holds, as it will lie below `/`. */
export class Stage {
  readonly root: string

  constructor(root: string) {
    this.root = root
    mkdirSync(root, {recursive: true})
    chmodSync(root, 0o755)
  }

  path(name: string): string {
    return join(this.root, name)
  }

  folder(name: string, mode = 0o755): void {
    this.#parents(join(name, 'x'))
    chmodSync(this.path(name), mode)
  }

  text(name: string, text: string | Uint8Array, mode = 0o644): void {
    this.#parents(name)
    writeFileSync(this.path(name), text)
    chmodSync(this.path(name), mode)
  }

  /** As `text`, packed; without a time in it. */
  packed(name: string, text: string | Uint8Array): void {
    this.text(`${name}.gz`, gzipSync(text, {level: 9}))
  }

  file(name: string, from: string, mode = 0o644): void {
    this.#parents(name)
    cpSync(from, this.path(name), {dereference: true})
    chmodSync(this.path(name), mode)
  }

  /** Every path in it, a folder before what it holds. */
  walk(): string[] {
    return [this.root, ...pathsIn(this.root)]
  }

  /** Gives everything the same time. */
  date(epoch: number): void {
    for (const path of this.walk()) lutimesSync(path, epoch, epoch)
  }

  #parents(name: string): void {
    const folder = dirname(name)
    if (folder === '.' || folder === '') return
    this.#parents(folder)
    const made = mkdirSync(this.path(folder), {recursive: true})
    if (made !== undefined) chmodSync(this.path(folder), 0o755)
  }
}

/** Files and folders below a folder, in the order of their names. */
export function pathsIn(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name)
      return lstatSync(path).isDirectory() ? [path, ...pathsIn(path)] : [path]
    })
}
