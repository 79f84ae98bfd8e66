import {existsSync} from 'node:fs'
import type {TestProject} from 'vitest/node'
import {type Missing, remove, type Servers, SUITES, serversOf} from './suites.js'

declare module 'vitest' {
  export interface ProvidedContext {
    releases: Array<Servers | Missing>
  }
}

/** Has the servers of all releases at hand, as far as they can be had. */
export default function setup(project: TestProject): () => void {
  if (!existsSync('/usr/sbin/debootstrap')) {
    throw new Error('missing; run: apt-get install debootstrap')
  }
  if (process.getuid?.() !== 0) throw new Error('debootstrap needs root')
  const releases = SUITES.map(serversOf)
  project.provide('releases', releases)
  return () => releases.forEach(remove)
}
