import {readFileSync} from 'node:fs'
import {join, relative} from 'node:path'
import type {DebPackage} from './deb.js'
import {installDebianDocs, installManPages, installProgramDocs} from './docs.js'
import {type Release, ROOT} from './release.js'
import {run} from './run.js'
import {pathsIn, type Stage} from './stage.js'

const LIB = 'usr/lib/pdist'
const COMPLETIONS = {
  bash: 'usr/share/bash-completion/completions/pdist',
  zsh: 'usr/share/zsh/vendor-completions/_pdist',
  fish: 'usr/share/fish/vendor_completions.d/pdist.fish',
}

/** The program, with the Node.js that it was tested with. The packages that it uses are within what is built. */
export const program: DebPackage = {
  name: 'pdist',
  architecture: 'any',
  fields: {
    // What the symbols of Node's binary ask for, as dpkg-shlibdeps finds it. Perl for the launcher is essential: always there.
    Depends: 'libc6 (>= 2.28), libgcc-s1 (>= 3.4), libstdc++6 (>= 5)',
    Recommends: 'ca-certificates',
    Suggests: 'nats-server, pdns-server, pdns-backend-sqlite3',
  },
  description: [
    'distributes the zones of a hidden PowerDNS primary',
    'Every change that is made through the API of a hidden PowerDNS primary is served by every public PowerDNS secondary ' +
      'within milliseconds, and proved to be served. Between the machines there is only NATS with JetStream.',
    'This package has the program itself, with its own Node.js: enough for an operator. What runs all the time is in ' +
      'pdist-primary and pdist-secondary.',
  ],
}

/** What was built of this working copy. */
export interface Built {
  /** Folders. */
  readonly dist: string
  readonly man: string
}

/** Stages the package `pdist`. */
export function stageProgram(stage: Stage, release: Release, {dist, man}: Built): DebPackage {
  installBinaries(stage)
  for (const path of pathsIn(dist).filter((each) => each.endsWith('.js'))) {
    stage.file(join(LIB, 'dist', relative(dist, path)), path)
  }
  for (const name of ['package.json', 'oclif.manifest.json', 'bin/main.js'])
    stage.file(join(LIB, name), join(ROOT, name))
  installDebianDocs(stage, program.name, release)
  installProgramDocs(stage)
  installManPages(stage, man)
  installCompletions(stage)
  stage.text(`${LIB}/systemd/backoff.conf`, source('systemd/backoff.conf'))
  stage.text('usr/share/lintian/overrides/pdist', source('doc/pdist.lintian-overrides'))
  return {
    ...program,
    scripts: {postinst: source('maintainer/pdist.postinst'), prerm: source('maintainer/pdist.prerm')},
  }
}

function installBinaries(stage: Stage): void {
  stage.text('usr/bin/pdist', source('bin/pdist'), 0o755)
  stage.text(`${LIB}/bin/daemon`, source('bin/daemon'), 0o755)
  // Started by name with the Node.js beside it, and never with another.
  stage.text(`${LIB}/bin/pdist.js`, readFileSync(join(ROOT, 'bin/pdist.js'), 'utf8').replace(/^#!.*\n/, ''))
  const node = `${LIB}/bin/node`
  stage.file(node, join(ROOT, 'node_modules/node/bin/node'), 0o755)
  // A sixth of it is of use to debuggers only.
  run('strip', ['--strip-unneeded', stage.path(node)])
}

/** What the staged program itself says. */
function installCompletions(stage: Stage): void {
  for (const [shell, file] of Object.entries(COMPLETIONS)) {
    const parameters = [stage.path(`${LIB}/bin/pdist.js`), 'completion', shell]
    stage.text(file, run(stage.path(`${LIB}/bin/node`), parameters, {NODE_DISABLE_COMPILE_CACHE: '1'}))
  }
}

function source(name: string): string {
  return readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
}
