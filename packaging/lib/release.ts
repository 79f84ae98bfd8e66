import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {run} from './run.js'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** What all three packages have in common. */
export interface Release {
  /** Debian's spelling: `1.0.0-rc.1` is `1.0.0~rc.1`, which sorts before `1.0.0`. */
  readonly version: string
  readonly architecture: string
  readonly maintainer: string
  /** Seconds since 1970: no file in a package is of another time. */
  readonly epoch: number
}

const MAINTAINER = 'pdist maintainers <maintainers@pdist.example>'
/** process.arch -> dpkg's name. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  ppc64: 'ppc64el',
  s390x: 's390x',
}

/**
 * The release that this working copy makes, on this machine. `DEB_MAINTAINER` and `SOURCE_DATE_EPOCH` count as elsewhere;
 * without the latter it is the time of the last commit.
 */
export function releaseOf(version: string | undefined, env: NodeJS.ProcessEnv = process.env): Release {
  const architecture = ARCHITECTURES[process.arch]
  if (!architecture) throw new Error(`there is no Debian architecture known for ${process.arch}`)
  const epoch = Number(env.SOURCE_DATE_EPOCH ?? run('git', ['-C', ROOT, 'log', '-1', '--format=%ct']))
  const maintainer = env.DEB_MAINTAINER ?? MAINTAINER
  return {version: version ?? debianVersion(programVersion()), architecture, maintainer, epoch}
}

export function debianVersion(version: string): string {
  return version.replace('-', '~')
}

function programVersion(): string {
  const {version} = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {version: string}
  return version
}
