// A process of the fleet: starts and stops simulated syncers.
import {loadConfig} from '../src/lib/config/load.js'
import type {ConfigWith} from '../src/lib/config/schema.js'
import {PortPicker} from '../src/lib/lab/ports.js'
import type {FleetOrder} from './fleet.js'
import {obey} from './helper-process.js'
import {SimulatedSyncer} from './simulated-syncer.js'

const ports = new PortPicker('127.0.0.1')
let syncers: SimulatedSyncer[] = []

obey<FleetOrder>((order) => (order.do === 'start' ? start(order) : stop()))

async function start({configFile, names}: Extract<FleetOrder, {do: 'start'}>): Promise<void> {
  const config = await loadConfig({file: configFile, env: {}, need: ['secondary']})
  await Promise.all(names.map((name) => startOne(name, config)))
}

async function startOne(name: string, config: ConfigWith<'secondary'>): Promise<void> {
  const syncer = await SimulatedSyncer.start(name, config, ports)
  syncers.push(syncer)
  void syncer.failed.then((error) => {
    process.stderr.write(`${name} failed: ${error}\n`)
    process.exit(1)
  })
}

async function stop(): Promise<void> {
  await Promise.all(syncers.map((syncer) => syncer.stop()))
  syncers = []
}
