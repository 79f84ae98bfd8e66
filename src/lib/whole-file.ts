import {type FileHandle, open, rename, rm} from 'node:fs/promises'

/** Writes a file whole or not at all, and never readable by more than `mode` says, not for a moment. */
export async function writeWholeFile(file: string, content: string, mode: number): Promise<void> {
  const next = `${file}.new`
  let handle: FileHandle | undefined
  try {
    await rm(next, {force: true})
    handle = await open(next, 'wx', mode)
    await handle.writeFile(content)
    await handle.sync()
    await rename(next, file)
  } finally {
    await handle?.close()
  }
}
