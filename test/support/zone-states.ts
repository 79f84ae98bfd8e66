import fc from 'fast-check'
import type {ZoneState} from '../../src/lib/zone/version.js'
import {zoneNames} from './arbitraries.js'
import {tombstoneOf, versionOf} from './versions.js'

const uint32 = fc.integer({min: 0, max: 2 ** 32 - 1})
const count = fc.nat(2 ** 40)
const digest = fc.stringMatching(/^[A-Za-z0-9_-]{43}$/)
const signed = fc.record(
  {
    key: fc.stringMatching(/^[0-9a-f]{16}$/),
    sequence: count,
    signature: fc.stringMatching(/^[A-Za-z0-9_-]{86}$/),
  },
  {noNullPrototype: true},
)
const signatures = fc.array(
  fc.record({keyTag: fc.nat(65_535), inception: uint32, expiration: uint32}, {noNullPrototype: true}),
  {maxLength: 4},
)
export const fingerprints = fc.record(
  {serial: uint32, signatures, keySet: fc.base64String({maxLength: 43})},
  {requiredKeys: ['serial', 'signatures'], noNullPrototype: true},
)

/** Headers of versions and tombstones, signed or not, with plausible and implausible numbers. */
export const zoneStates: fc.Arbitrary<ZoneState> = fc.oneof(
  fc
    .record(
      {zone: zoneNames, event: count, at: count, signed},
      {requiredKeys: ['zone', 'event', 'at'], noNullPrototype: true},
    )
    .map(({zone, ...fields}) => tombstoneOf(zone, fields)),
  fc
    .record(
      {
        zone: zoneNames,
        fingerprint: fingerprints,
        content: digest,
        digest,
        expires: uint32,
        mayExpire: fc.constant(true as const),
        records: count,
        bytes: count,
        messages: count,
        packed: count,
        object: fc.string({maxLength: 100}),
        event: count,
        at: count,
        signed,
      },
      {requiredKeys: ['zone', 'fingerprint', 'content', 'digest', 'event', 'at'], noNullPrototype: true},
    )
    .map(({zone, ...fields}) => versionOf(zone, fields)),
)
