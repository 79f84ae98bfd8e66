import {readFileSync} from 'node:fs'
import {expect, it} from 'vitest'
import {NATS_NEEDED, NATS_SOUND} from '../../../src/lib/doctor/broker.js'
import {LUA_SWITCH_SINCE} from '../../../src/lib/doctor/local-secondary.js'
import {ESCAPES_TWICE_SINCE} from '../../../src/lib/doctor/primary.js'
import {POWERDNS_NEEDED} from '../../../src/lib/doctor/secondaries.js'

const text = (name: string) =>
  readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8').replace(/\s+/g, ' ')

it.each([
  ['docs/compatibility.md', `| nats-server | ${NATS_NEEDED} | 2.9.10 | ${NATS_SOUND} or newer |`],
  ['docs/compatibility.md', `| PowerDNS | ${POWERDNS_NEEDED} | 4.7.3 |`],
  ['docs/compatibility.md', `From ${LUA_SWITCH_SINCE} on \`enable-lua-record-updates=yes\``],
  ['docs/compatibility.md', `**The API of ${ESCAPES_TWICE_SINCE} and newer`],
  ['README.md', `PowerDNS ${POWERDNS_NEEDED} or newer`],
  ['README.md', `nats-server ${NATS_NEEDED} or newer`],
])('%s says what the code says: %s', (name, words) => {
  expect(text(name)).toContain(words)
})
