import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {licenseText, productionDependencies} from './dependencies.js'
import {type Release, ROOT} from './release.js'
import type {Stage} from './stage.js'

/** What Debian wants of every package: copyright and changelog. */
export function installDebianDocs(stage: Stage, name: string, release: Release): void {
  const folder = `usr/share/doc/${name}`
  stage.text(`${folder}/copyright`, read('packaging/doc/copyright'))
  stage.packed(`${folder}/changelog`, changelog(name, release))
}

/** The documents that the messages and configuration files point to, and the licenses of what is inside. */
export function installProgramDocs(stage: Stage): void {
  const folder = 'usr/share/doc/pdist'
  for (const name of [
    'install',
    'operations',
    'configuration',
    'security',
    'commands',
    'compatibility',
    'monitoring',
  ]) {
    if (existsSync(join(ROOT, 'docs', `${name}.md`)))
      stage.text(`${folder}/${name}.md`, read(`docs/${name}.md`))
  }
  for (const name of ['alerts.yml', 'grafana-dashboard.json']) {
    stage.text(`${folder}/monitoring/${name}`, read(`monitoring/${name}`))
  }
  stage.packed(`${folder}/CHANGELOG.md`, read('CHANGELOG.md'))
  const rule = `\n${'-'.repeat(78)}\n\n`
  stage.packed(`${folder}/licenses-of-npm-packages.txt`, productionDependencies().map(licenseText).join(rule))
  stage.packed(`${folder}/license-of-nodejs.txt`, read(nodeLicense()))
}

/** The manual pages that `npm run man` has made. */
export function installManPages(stage: Stage, folder: string): void {
  for (const page of readdirSync(folder)) {
    stage.packed(`usr/share/man/man1/${page}`, readFileSync(join(folder, page)))
  }
}

function changelog(name: string, {version, maintainer, epoch}: Release): string {
  const date = new Date(epoch * 1000).toUTCString().replace('GMT', '+0000')
  return `${name} (${version}) unstable; urgency=medium

  * This version of pdist: see CHANGELOG.md.gz in /usr/share/doc/pdist.

 -- ${maintainer}  ${date}
`
}

function nodeLicense(): string {
  const name = `node-linux-${process.arch}/LICENSE`
  const places = [`node_modules/node/node_modules/${name}`, `node_modules/${name}`]
  const found = places.find((place) => existsSync(join(ROOT, place)))
  if (!found) throw new Error(`Node's license is in none of ${places.join(', ')}`)
  return found
}

function read(name: string): string {
  return readFileSync(join(ROOT, name), 'utf8')
}
