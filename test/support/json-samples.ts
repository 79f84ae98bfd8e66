import {
  brokenOff,
  checked,
  converging,
  detailed,
  diffs,
  examined,
  exported,
  forgets,
  happenings,
  health,
  imported,
  inspections,
  key,
  listedZone,
  paused,
  plan,
  plans,
  push,
  resumed,
  resync,
  secondaries,
  settings,
  shown,
  shownUnsigned,
  topology,
  versions,
  waited,
  written,
} from './json-examples.js'
import type {ShapeOptions} from './shape.js'

/** What shows the shape of a command's result. */
export interface Sample extends ShapeOptions {
  /** Command lines whose results have one shape together. */
  calls: string[][]
  /** Results that a healthy lab does not show. */
  also?: readonly unknown[]
}

/** A line for each command that has `--json`, in the order of docs/json.md. */
export const SAMPLES: Record<string, Sample> = {
  'broker check': {calls: [['broker', 'check']], also: inspections, maps: ['settings']},
  'broker setup': {calls: [['broker', 'setup']], also: [[topology]], maps: ['settings']},
  completion: {calls: [['completion', 'bash']]},
  'config check': {
    calls: [['config', 'check', '--role', 'syncer']],
    also: [checked],
  },
  'config init': {
    calls: [['config', 'init', '--role', 'operator', '--broker', 'nats://[::1]:4222', '--output', '-']],
    also: written,
  },
  'config show': {calls: [['config', 'show']], also: settings},
  doctor: {calls: [['doctor', '--role', 'operator']], also: [examined]},
  events: {calls: [['events']], also: happenings},
  health: {calls: [['health']], also: [health, converging]},
  'keys generate': {calls: [], also: [key]},
  'keys show': {calls: [], also: [key]},
  'plan approve': {calls: [['plan', 'approve', plan.id]], also: plans},
  'plan list': {calls: [['plan', 'list']], also: [plans]},
  'plan reject': {calls: [['plan', 'reject', plan.id]], also: plans},
  'plan show': {calls: [['plan', 'show', plan.id]], also: plans},
  resync: {
    calls: [['resync', 'ns1']],
    also: [resync, brokenOff],
  },
  'secondary forget': {calls: [], also: forgets},
  'secondary list': {calls: [['secondary', 'list']], also: [secondaries]},
  // It would keep the others from what they do.
  'secondary pause': {calls: [], also: paused},
  'secondary resume': {calls: [['secondary', 'resume', 'ns1']], also: [resumed]},
  'secondary show': {calls: [['secondary', 'show', 'ns1']], also: detailed},
  'zone diff': {calls: [['zone', 'diff', 'kept.example']], also: [diffs]},
  'zone export': {calls: [['zone', 'export', 'kept.example']], also: [exported]},
  'zone history': {
    calls: [['zone', 'history', 'kept.example']],
    also: [versions],
  },
  'zone import': {
    calls: [['zone', 'import', 'kept.example', '--dry-run', '--file', 'test/support/kept.example.zone']],
    also: [imported, ...push.map((each) => ({...imported, push: each}))],
  },
  'zone list': {calls: [['zone', 'list', '--deleted']], also: [[listedZone]]},
  'zone push': {calls: [['zone', 'push', 'kept.example']], also: [push]},
  'zone show': {
    calls: [
      ['zone', 'show', 'kept.example'],
      ['zone', 'show', 'signed.example'],
      ['zone', 'show', 'gone.example'],
    ],
    also: [shown, shownUnsigned],
  },
  'zone wait': {calls: [['zone', 'wait', 'kept.example']], also: [waited]},
}
