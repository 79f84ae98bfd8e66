import {execFileSync, spawnSync} from 'node:child_process'
import {existsSync, mkdirSync, mkdtempSync, renameSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {ROOT} from './pdist.js'

export type Suite = 'bookworm' | 'trixie' | 'sid'

const CACHE = join(ROOT, 'build', 'roots')
const MIRROR = process.env.DEBIAN_MIRROR ?? 'http://deb.debian.org/debian'
const PATIENCE_MS = 600_000

/**
 * A minimal Debian system with these packages, as debootstrap makes it: the path of a tar archive, which is kept for the next
 * time. Throws with what debootstrap said where it cannot be made.
 *
 * @param name the archive's, without `.tar`
 */
export function archiveOf(name: string, suite: Suite, packages: string): string {
  const archive = join(CACHE, `${name}.tar`)
  if (existsSync(archive)) return archive
  mkdirSync(CACHE, {recursive: true})
  const root = mkdtempSync(join(tmpdir(), `pdist-debootstrap-${suite}-`))
  try {
    debootstrap(`--include=${packages}`, suite, root, MIRROR)
    // Under another name until it is whole.
    execFileSync('tar', [
      '-C',
      root,
      '-cf',
      `${archive}.part`,
      '--exclude=./var/cache/apt/archives/*.deb',
      '.',
    ])
    renameSync(`${archive}.part`, archive)
  } finally {
    // debootstrap mounts the machine's /proc and /sys there, and may end before it has unmounted them.
    execFileSync('rm', ['-rf', '--one-file-system', root])
  }
  return archive
}

function debootstrap(...parameters: string[]): void {
  const options = {encoding: 'utf8', timeout: PATIENCE_MS} as const
  const {status, error, stdout} = spawnSync('debootstrap', ['--variant=minbase', ...parameters], options)
  if (error) throw error
  // It tells its errors where it tells its progress, and the reason last.
  if (status !== 0) throw new Error(stdout.trim().split('\n').at(-1) || `debootstrap ended with ${status}`)
}

/** Unpacks an archive into a new folder below the temporary one. */
export function unpack(archive: string, prefix: string): string {
  const root = mkdtempSync(join(tmpdir(), prefix))
  execFileSync('tar', ['-C', root, '--numeric-owner', '-xf', archive])
  return root
}
