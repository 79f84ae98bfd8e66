import {mkdirSync, mkdtempSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {parseArgs} from 'node:util'
import {compile} from './lib/compile.js'
import {buildDeb, type DebPackage} from './lib/deb.js'
import {stageProgram} from './lib/program.js'
import {ROOT, releaseOf} from './lib/release.js'
import {stageRole} from './lib/role.js'
import {Stage} from './lib/stage.js'

// Builds the Debian packages: npm run package:deb [-- --out DIR] [-- --version VERSION]
const {values} = parseArgs({
  options: {out: {type: 'string', default: join(ROOT, 'build')}, version: {type: 'string'}},
})
const out = resolve(values.out)
const release = releaseOf(values.version)
const work = mkdtempSync(join(tmpdir(), 'pdist-deb-'))
try {
  mkdirSync(out, {recursive: true})
  const built = compile(work, release)
  const staged = (name: string, fill: (stage: Stage) => DebPackage) => {
    const stage = new Stage(join(work, name))
    return buildDeb(fill(stage), stage, release, out)
  }
  const files = [
    staged('program', (stage) => stageProgram(stage, release, built)),
    staged('primary', (stage) => stageRole(stage, 'primary', release)),
    staged('secondary', (stage) => stageRole(stage, 'secondary', release)),
  ]
  for (const file of files) process.stdout.write(`${file}  ${Math.ceil(statSync(file).size / 1024)} KiB\n`)
} finally {
  rmSync(work, {recursive: true})
}
