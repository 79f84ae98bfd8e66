import {assessHealth, type HealthSnapshot} from '../sync/watch/health.js'
import type {System} from './system.js'

/** Gathers and judges the state of the whole system at this moment. */
export async function checkHealth(system: System, signal: AbortSignal): Promise<HealthSnapshot> {
  const [zones, events, plans, secondaries] = await Promise.all([
    countZones(system, signal),
    system.backlog(),
    system.control.list(),
    secondariesOf(system, signal),
  ])
  const {nc, serverVersion} = system.broker
  const broker = {server: nc.getServer(), version: serverVersion}
  return assessHealth({broker, zones, events, plans, secondaries})
}

async function secondariesOf(system: System, signal: AbortSignal) {
  const known = await system.secondaries(signal)
  return Promise.all(
    known.map(async ({signatures, ...presence}) => {
      const compared = await system.control.compared(presence.secondary)
      return {
        ...presence,
        ...(compared ? {compared: {at: compared.at, differences: compared.differences}} : {}),
        ...(signatures ? {signatures: {ending: signatures.ending, ended: signatures.ended}} : {}),
      }
    }),
  )
}

async function countZones(system: System, signal: AbortSignal): Promise<HealthSnapshot['zones']> {
  const counts = {present: 0, deleted: 0}
  for await (const {kind} of system.states(signal)) {
    if (kind === 'version') counts.present++
    else counts.deleted++
  }
  return counts
}
