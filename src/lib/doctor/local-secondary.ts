import {amount} from '../figures.js'
import {type Check, check, failure, note, ok, problem, warning} from './check.js'
import {isOn, numberOf} from './powerdns.js'
import {apiFailure} from './primary.js'
import {judgePowerDns} from './secondaries.js'
import {isAtLeast} from './versions.js'

export const LUA_SWITCH_SINCE = '5.1'
const MEGABYTE = 1024 * 1024

export const localSecondaryChecks: readonly Check[] = [
  check({
    id: 'secondary.api',
    needs: ['localServer'],
    judge: ({localServer: {apiUrl}}) => ok(`${apiUrl} answers, and takes the key`),
    failed: apiFailure('secondary'),
  }),
  check({
    id: 'secondary.version',
    needs: ['localServer'],
    judge: ({localServer: {version}}) => judgePowerDns(version),
  }),
  check({
    id: 'secondary.dns',
    needs: ['localDns'],
    judge: ({localDns: {address}}) => ok(`${address} answers DNS`),
    failed: (error) => failure(error, 'Compare `secondary.dns` with `local-address` and `local-port`'),
  }),
  check({
    id: 'secondary.enabled',
    needs: ['localSettings'],
    judge: ({localSettings}) =>
      isOn(localSettings, 'secondary', 'slave')
        ? ok('secondary=yes')
        : problem(
            'secondary=no: PowerDNS transfers nothing',
            'Set `secondary=yes` in its pdns.conf (`slave=yes` before 4.5), and restart it',
          ),
  }),
  check({
    id: 'secondary.lua-updates',
    needs: ['localServer', 'localSettings'],
    judge: ({localServer: {version}, localSettings}) => {
      if (!isAtLeast(version, LUA_SWITCH_SINCE)) return ok(`PowerDNS ${version} takes LUA records`)
      return isOn(localSettings, 'enable-lua-record-updates')
        ? ok('enable-lua-record-updates=yes')
        : warning(
            'enable-lua-record-updates=no: a zone with LUA records is refused',
            'Set `enable-lua-record-updates=yes` in its pdns.conf',
          )
    },
  }),
  check({
    id: 'secondary.transfer-size',
    needs: ['localSettings', 'storedZones'],
    judge: ({localSettings, storedZones}) => {
      const limit = numberOf(localSettings, 'xfr-max-received-mbytes')
      if (limit === undefined) return note('PowerDNS does not tell its xfr-max-received-mbytes')
      const found = `xfr-max-received-mbytes=${limit}`
      const [first, ...others] = storedZones
      if (limit === 0 || !first) return ok(found)
      const {zone, bytes} = others.reduce((most, one) => (one.bytes > most.bytes ? one : most), first)
      const compared = `${found}, the largest zone is ${zone} with ${amount(bytes)}`
      const fix = `Set \`xfr-max-received-mbytes=${Math.ceil((2 * bytes) / MEGABYTE)}\` in its pdns.conf`
      if (bytes > limit * MEGABYTE) return problem(`${compared}: it cannot be transferred`, fix)
      return bytes > 0.8 * limit * MEGABYTE ? warning(`${compared}: it is nearly full`, fix) : ok(compared)
    },
  }),
  check({
    id: 'secondary.caches',
    needs: ['localSettings'],
    judge: ({localSettings}) => {
      const names = ['cache-ttl', 'query-cache-ttl', 'negquery-cache-ttl', 'zone-cache-refresh-interval']
      const values = names.map((name) => `${name}=${localSettings.get(name) ?? '?'}`)
      return ok(`${values.join(', ')}: leave them, the syncer flushes what has changed`)
    },
  }),
  check({
    id: 'secondary.journal',
    needs: ['localSettings'],
    judge: ({localSettings}) => {
      const mode = localSettings.get('gsqlite3-pragma-journal-mode')
      if (mode === undefined) return ok('no SQLite')
      return mode.toUpperCase() === 'WAL'
        ? ok('SQLite writes ahead (WAL)')
        : warning(
            `gsqlite3-pragma-journal-mode=${mode}: a transfer may lock out the API for as long as it lasts`,
            'Set `gsqlite3-pragma-journal-mode=WAL` in its pdns.conf',
          )
    },
  }),
]
