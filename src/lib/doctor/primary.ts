import type {ErrorReport} from '../errors.js'
import {duration} from '../figures.js'
import {type Check, check, type Finding, failure, note, ok, orElse, problem, warning} from './check.js'
import type {PrimaryFacts} from './facts.js'
import {entriesOf, isOn, numberOf, type Settings} from './powerdns.js'
import {judgePowerDns} from './secondaries.js'
import {isAtLeast} from './versions.js'
import {listed} from './words.js'

const NARROW_FIX =
  'Give these zones NSEC3 that is not narrow: `pdnsutil set-nsec3 <zone> "1 0 0 -"`, then `pdnsutil rectify-zone <zone>`'
/** From then on the API takes one level of escapes away before it reads a content. */
export const ESCAPES_TWICE_SINCE = '5.1'
/** By default; a call with more is answered 400. */
const SMALL_BODY_MB = 2

export const primaryChecks: readonly Check[] = [
  check({
    id: 'primary.api',
    needs: ['primaryServer'],
    judge: ({primaryServer: {apiUrl}}) => ok(`${apiUrl} answers, and takes the key`),
    failed: apiFailure('primary'),
  }),
  check({
    id: 'primary.version',
    needs: ['primaryServer'],
    judge: ({primaryServer: {version}}) => judgePowerDns(version),
  }),
  check({
    id: 'primary.escapes',
    needs: ['primaryServer'],
    judge: ({primaryServer: {version}}) =>
      isAtLeast(version, ESCAPES_TWICE_SINCE)
        ? note(
            `the API of PowerDNS ${version} takes two levels of escapes away: clients have to send \\\\ where they sent \\`,
          )
        : ok(`the API of PowerDNS ${version} reads escapes as zone files have them`),
  }),
  check({
    id: 'primary.backend',
    needs: ['primarySettings'],
    judge: ({primarySettings: settings}) => {
      const launched = entriesOf(settings, 'launch')
      return launched.some((name) => name.split(':', 1)[0] === 'lmdb')
        ? note(
            'LMDB loses RRsets of more than some 1,900 bytes, and what is behind them, in signed zones that are rectified',
          )
        : ok(`launch=${launched.join(', ')}`)
    },
  }),
  check({
    id: 'primary.dns',
    needs: ['primaryDns'],
    judge: ({primaryDns: dns}) => {
      if (dns === 'no zones') return ok('there is no zone to ask for yet')
      if (dns.served) return ok(`answers for ${dns.zone}`)
      const fix = 'Compare `primary.dns` with `local-address` and `local-port` in its pdns.conf'
      return problem(`does not serve ${dns.zone}, which its API lists: is it another server?`, fix)
    },
    failed: (error) => failure(error, 'Check `primary.dns`'),
  }),
  check({
    id: 'primary.axfr',
    needs: ['primaryTransfer'],
    judge: ({primaryTransfer: transfer}) => {
      if (transfer === 'no zones') return ok('there is no zone to transfer yet')
      const {zone, records, ms, signed} = transfer
      return ok(
        `transferred ${zone}${signed ? ', signed by TSIG' : ''}: ${records} records in ${duration(ms)}`,
      )
    },
    failed: (error) => failure(error, 'Allow this machine in `allow-axfr-ips` on the primary, or use TSIG'),
  }),
  check({
    id: 'primary.nsec3-narrow',
    needs: ['narrowZones'],
    judge: ({narrowZones: {signed, looked, narrow}}) => {
      const of = `${looked} of ${signed} signed zones looked at`
      if (narrow.length === 0) return ok(`no narrow NSEC3: ${of}`)
      return problem(`cannot be transferred, because of narrow NSEC3: ${listed(narrow)}; ${of}`, NARROW_FIX)
    },
  }),
  check({
    id: 'primary.views',
    needs: ['primaryViews'],
    judge: ({primaryViews: views}) =>
      views === undefined || views.length === 0
        ? ok('no views are in use')
        : warning(
            `views are in use (${listed(views)}): the variants of zones stay on the primary`,
            'Serve variants from servers outside of pdist, or do without',
          ),
  }),
  check({
    id: 'primary.body-size',
    needs: ['primarySettings'],
    judge: ({primarySettings}) => judgeBodySize(primarySettings),
  }),
  check({
    id: 'primary.rectify',
    needs: ['primarySettings'],
    judge: ({primarySettings}) => judgeRectify(primarySettings),
  }),
  check({
    id: 'primary.notify',
    needs: ['primarySettings', 'notifyListen'],
    judge: ({primarySettings, notifyListen}) => judgeNotify(primarySettings, notifyListen),
  }),
  check({
    id: 'primary.allow-axfr',
    needs: ['primarySettings'],
    judge: ({primarySettings: settings}) => {
      const wide = entriesOf(settings, 'allow-axfr-ips').filter((network) => /\/0$/.test(network))
      if (isOn(settings, 'disable-axfr')) return problem('disable-axfr=yes', 'Remove it from its pdns.conf')
      return orElse(
        wide.map((network) =>
          warning(
            `allow-axfr-ips has ${network}: everybody who reaches the primary can take all zones`,
            'Allow the zone-providers only',
          ),
        ),
        `allow-axfr-ips=${settings.get('allow-axfr-ips') ?? ''}`,
      )
    },
  }),
]

/** Why an API cannot be used, each with its own way out. `section` is that of the configuration. */
export function apiFailure(section: 'primary' | 'secondary'): (error: ErrorReport) => Finding {
  return (error) => {
    if (error.code === 'PDIST_POWERDNS_REQUEST' && /answered 404/.test(error.message)) {
      return problem(
        `${error.message}: no API there, or not of this server`,
        `Set \`api=yes\` in its pdns.conf; compare \`${section}.api_url\` and \`${section}.server_id\``,
      )
    }
    return failure(error, `Check \`${section}.api_url\` and \`${section}.api_key\``)
  }
}

/** What is said of a web server's limit, on whichever side. */
export function judgeBodySize(settings: Settings): Finding {
  const limit = numberOf(settings, 'webserver-max-bodysize')
  if (limit === undefined) return note('PowerDNS does not tell its webserver-max-bodysize')
  const found = `webserver-max-bodysize=${limit} (MB)`
  return limit > SMALL_BODY_MB
    ? ok(found)
    : warning(
        `${found}: a larger change in one call is refused with 400`,
        'Set `webserver-max-bodysize=100` in its pdns.conf',
      )
}

/** PowerDNS puts what it transfers in order by itself, unless it was told not to: then the database has to be. */
function judgeRectify(settings: Settings): Finding {
  if (isOn(settings, 'disable-axfr-rectify')) {
    return warning(
      'disable-axfr-rectify=yes: signed zones that are not rectified are transferred with wrong denials',
      'Remove it from its pdns.conf',
    )
  }
  return isOn(settings, 'default-api-rectify')
    ? note(
        'default-api-rectify=yes: each change through the API goes through its whole zone, and with SQLite all others wait; ' +
          'transfers do not need it, so `no` suffices where nobody but pdist asks the primary',
      )
    : ok(
        'default-api-rectify=no: a change of a large zone takes the API no longer than that of a small one, unless the zone has API-RECTIFY of its own',
      )
}

function judgeNotify(settings: Settings, listen: PrimaryFacts['notifyListen']): readonly Finding[] {
  const only = settings.get('only-notify') ?? ''
  const others =
    only === ''
      ? []
      : [
          note(
            `only-notify=${only}: PowerDNS also notifies servers of the zones' NS records; pdist needs no such NOTIFY`,
          ),
        ]
  if (listen.length === 0) {
    return [
      ...others,
      ok(
        'no zone_provider.notify_listen in this configuration: what bypasses the API is found by comparing serials',
      ),
    ]
  }
  const told = entriesOf(settings, 'also-notify')
  const places = listen.map(({address}) => address)
  const isTold = listen.some(({address, port, wildcard}) =>
    told.some((other) => other === address || (wildcard && other.endsWith(`:${port}`))),
  )
  const wrong = [
    ...(isOn(settings, 'primary', 'master')
      ? []
      : [warning('primary=no: it sends no NOTIFY by itself', 'Set `primary=yes` in its pdns.conf')]),
    ...(isTold
      ? []
      : [
          warning(
            `also-notify=${told.join(', ')} does not have ${listed(places)}, where the zone-provider listens`,
            `Set \`also-notify=${places[0]}\` in its pdns.conf`,
          ),
        ]),
  ]
  return [...others, ...orElse(wrong, `PowerDNS notifies ${listed(places)}`)]
}
