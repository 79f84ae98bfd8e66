import type {LabPlan} from './plan.js'
import {hostPort} from './ports.js'

/** A nats-server configuration: JetStream, one loopback address, no accounts. */
export function natsConfig({host, nats}: LabPlan): string {
  return [
    'server_name: lab',
    `listen: ${JSON.stringify(hostPort(host, nats.port))}`,
    `jetstream: {store_dir: ${JSON.stringify(nats.dir)}}`,
    '',
  ].join('\n')
}

export function natsUrl({host, nats}: LabPlan): string {
  return `nats://${hostPort(host, nats.port)}`
}
