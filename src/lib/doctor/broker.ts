import {amount, duration} from '../figures.js'
import {type Check, check, type Finding, failure, note, ok, problem, warning} from './check.js'
import type {BrokerFacts} from './facts.js'
import {judgeCertificate} from './machine.js'
import {isAtLeast} from './versions.js'

export const NATS_NEEDED = '2.9.4'
/** Older ones can lose acknowledged writes when the process is killed. */
export const NATS_SOUND = '2.10.23'
const DEFAULT_PAYLOAD = 1024 * 1024
/** Of a version's message, besides its body. */
const HEADER_BYTES = 16 * 1024
const CLOCK_WARNING_MS = 2_000
/** A signature's times and TSIG's (RFC 8945 §10: 300 s) are judged by clocks. */
const CLOCK_PROBLEM_MS = 60_000

export const brokerChecks: readonly Check[] = [
  check({
    id: 'broker.reachable',
    needs: ['broker'],
    judge: ({broker: {server}}) => ok(`connected to ${server}`),
    failed: (error) => failure(error, 'Check `broker.servers`, and that nats-server runs there'),
  }),
  check({
    id: 'broker.version',
    needs: ['broker'],
    judge: ({broker: {version}}) => {
      if (!isAtLeast(version, NATS_NEEDED)) {
        return problem(`nats-server ${version} is too old`, `Install nats-server ${NATS_SOUND} or newer`)
      }
      if (isAtLeast(version, NATS_SOUND)) return ok(`nats-server ${version}`)
      return warning(
        `nats-server ${version} can lose acknowledged writes when it is killed; what is lost is noticed and brought back`,
        `Install nats-server ${NATS_SOUND} or newer`,
      )
    },
  }),
  check({
    id: 'broker.jetstream',
    needs: ['jetStream'],
    judge: ({jetStream}) =>
      jetStream === 'not told'
        ? ok('JetStream is on')
        : ok(`JetStream is on: ${jetStream.streams} streams, ${amount(jetStream.storage)}`),
    failed: (error) =>
      failure(
        {...error, hints: []},
        "Enable JetStream: `jetstream {}` in nats-server's configuration, and for the account of this login",
      ),
  }),
  check({
    id: 'broker.storage',
    needs: ['jetStream'],
    judge: ({jetStream}) => {
      if (jetStream === 'not told') return ok('this login may not ask how much there is')
      const {storage, storageLimit} = jetStream
      if (storageLimit === undefined) {
        return ok(`${amount(storage)} used; the account has no limit of its own`)
      }
      const used = `${amount(storage)} of ${amount(storageLimit)} used`
      const fix = "Raise the account's `max_file`, or keep events for a shorter time (`broker.events_kept`)"
      if (storage > 0.95 * storageLimit) return problem(`${used}: no zone can be stored soon`, fix)
      return storage > 0.8 * storageLimit ? warning(used, fix) : ok(used)
    },
  }),
  check({
    id: 'broker.sync',
    needs: ['broker'],
    judge: () =>
      note(
        'whether writes are synced to disk at once (`jetstream {sync_interval: always}`) is not told to clients; ' +
          'by default a power failure takes the last 2 minutes, which are brought back from the primary',
      ),
  }),
  check({
    id: 'broker.payload',
    needs: ['broker'],
    judge: ({broker: {maxPayload, inlineBytes}}) => {
      const found = `messages may have ${amount(maxPayload)}`
      if (maxPayload < inlineBytes + HEADER_BYTES) {
        return problem(
          `${found}, zones are sent with up to ${amount(inlineBytes)}`,
          'Raise `max_payload` of nats-server, or lower `zone_provider.inline_bytes`',
        )
      }
      return maxPayload < DEFAULT_PAYLOAD
        ? warning(`${found}, less than by default`, 'Leave `max_payload` of nats-server at 1MB or above')
        : ok(found)
    },
  }),
  check({
    id: 'broker.tls',
    needs: ['broker'],
    judge: ({broker: {server, local, encrypted}}) => {
      if (encrypted) return ok(`the connection to ${server} is encrypted`)
      if (local) return ok(`${server} is on this machine`)
      return warning(
        `zones and the login travel readable to ${server} (\`broker.insecure\`)`,
        'Give nats-server a certificate (`tls {}`), and remove `broker.insecure`',
      )
    },
  }),
  check({
    id: 'broker.certificate',
    needs: ['broker', 'brokerCertificate'],
    judge: ({broker: {server}, brokerCertificate: certificate}) =>
      judgeCertificate({path: `the certificate of ${server}`, named: 'the broker', ...certificate}),
  }),
  check({
    id: 'broker.clock',
    needs: ['brokerClock'],
    judge: ({brokerClock: {aheadMs, uncertainMs}}) => {
      const off = Math.max(0, Math.abs(aheadMs) - uncertainMs)
      const side = aheadMs > 0 ? 'behind' : 'ahead of'
      if (off < CLOCK_WARNING_MS) return ok(`this machine's clock agrees with the broker's`)
      const found = `this machine's clock is ${duration(off)} ${side} the broker's`
      const fix = 'Let chrony or systemd-timesyncd keep the time on both'
      return off < CLOCK_PROBLEM_MS ? warning(found, fix) : problem(found, fix)
    },
  }),
  check({
    id: 'broker.login',
    needs: ['brokerLogin'],
    judge: ({brokerLogin}) => judgeLogin(brokerLogin),
  }),
]

function judgeLogin({clientName, mayDeleteStreams, ofSecondary}: BrokerFacts['brokerLogin']): Finding {
  const fix = 'Give each role a key of its own: `pdist broker setup --roles`, docs/broker.md'
  if (mayDeleteStreams) {
    return ofSecondary
      ? warning('with the login of this secondary anybody could delete all zones in the broker', fix)
      : note('this login may do anything in the broker, also what nothing of pdist needs')
  }
  if (ofSecondary || clientName === 'operator')
    return ok('this login may do what it needs, and not delete streams')
  return note(
    'this is the login of the daemons: commands need that of the operator, and some checks are skipped',
  )
}
