import {Broker} from '../../src/lib/broker/connection.js'
import {Lease} from '../../src/lib/broker/leases.js'

// Holds a lease and tells of it, a line at a time. `act` is what only the holder may do: it asks right before, as one has to.
const [url = '', prefix = '', name = '', ttlMs = ''] = process.argv.slice(2)
const tell = (what: string) => process.stdout.write(`${what} ${Date.now()}\n`)
const options = {servers: [url], prefix, clientName: 'child', requestTimeoutMs: 5000, insecure: true}
const broker = await Broker.connect(options)
const lease = new Lease(broker, {
  name,
  holder: {id: 'child', session: `child-${process.pid}`, host: 'elsewhere', pid: process.pid},
  topology: {replicas: 1, eventsKeptMs: 86_400_000},
  ttlMs: Number(ttlMs),
  onHeld: () => tell('held'),
  onLost: (because) => tell(`lost:${because}`),
  onTrouble: () => undefined,
})
setInterval(() => lease.held && tell('act'), 5)
await lease.hold(new AbortController().signal)
