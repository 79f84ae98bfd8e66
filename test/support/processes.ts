import {readdirSync, readFileSync, readlinkSync} from 'node:fs'

/** Whether a process is there and not just waiting for its parent to notice that it ended. */
export function isAlive(pid: number | null | undefined): boolean {
  const stat = pid ? contents(`/proc/${pid}/stat`) : ''
  // The state follows the name, which is in parentheses and may hold any character.
  return stat !== '' && !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
}

/** The pids whose command line or environment mentions `text`. */
export function processesOf(text: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && isAlive(pid))
    .filter((pid) => contents(`/proc/${pid}/cmdline`).includes(text))
}

/** The local addresses of a process's IPv4 sockets, in the kernel's notation. */
export function ipv4Sockets(pid: number): string[] {
  const inodes = new Set(socketInodes(pid))
  return ['tcp', 'udp'].flatMap((protocol) =>
    contents(`/proc/net/${protocol}`)
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , , , , , , , inode]) => inode !== undefined && inodes.has(inode))
      .map(([, local]) => `${protocol} ${local}`),
  )
}

function socketInodes(pid: number): string[] {
  const folder = `/proc/${pid}/fd`
  return readdirSync(folder).flatMap(
    (fd) => /^socket:\[(\d+)\]$/.exec(readlinkSync(`${folder}/${fd}`))?.[1] ?? [],
  )
}

/** Empty where the process has just ended. */
function contents(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
