import {sleep} from '../async/abort.js'
import type {ZoneName} from '../dns/name.js'
import {type Fingerprint, sameFingerprint} from '../zone/fingerprint.js'
import type {Version} from '../zone/version.js'
import type {ServedState} from './secondary.js'

/** Asks whether the version is what is served: the SOA first, the keys only where the SOA agrees. */
export async function serves(
  served: ServedState,
  {zone, fingerprint}: Pick<Version, 'zone' | 'fingerprint'>,
  signal: AbortSignal,
): Promise<boolean> {
  const {keySet, ...soa} = fingerprint
  const answer = await served.fingerprintOf(zone, signal, {keys: false})
  if (answer.state === 'not-served' || !sameFingerprint(answer, soa)) return false
  if (keySet === undefined) return true
  const whole = await served.fingerprintOf(zone, signal, {keys: true})
  return whole.state === 'served' && sameFingerprint(whole, fingerprint)
}

/** What is served at this moment, or undefined. */
export async function servedFingerprint(
  served: ServedState,
  {zone}: Pick<Version, 'zone'>,
  signal: AbortSignal,
): Promise<Fingerprint | undefined> {
  const answer = await served.fingerprintOf(zone, signal, {keys: true})
  return answer.state === 'served' ? answer : undefined
}

/** The same at less cost where most zones are unsigned: the keys are asked for only where there are signatures. */
export async function lookAtServed(
  served: ServedState,
  zone: ZoneName,
  signal: AbortSignal,
): Promise<Fingerprint | undefined> {
  const answer = await served.fingerprintOf(zone, signal, {keys: false})
  if (answer.state === 'not-served') return undefined
  return answer.signatures.length === 0 ? answer : servedFingerprint(served, {zone}, signal)
}

/**
 * Asks again and again, at first after half a millisecond, then more and more slowly, until `holds` or `ms` milliseconds
 * have passed; false then. `onSlow` is called now and then along the way.
 */
export async function eventually(
  holds: () => Promise<boolean>,
  {ms, onSlow, signal}: {ms: number; onSlow?: () => Promise<void>; signal: AbortSignal},
): Promise<boolean> {
  const until = performance.now() + ms
  let delay = 0.5
  let slow = 100
  const started = performance.now()
  while (!(await holds())) {
    const now = performance.now()
    if (now >= until) return false
    if (onSlow && now - started > slow) {
      slow *= 3
      await onSlow()
    }
    await sleep(Math.max(1, delay), signal)
    delay = Math.min(50, delay * 1.5)
  }
  return true
}
