import {expect} from 'vitest'
import {rrset} from './api-client.js'
import type {TestSystem} from './system.js'

/** A signed zone from its creation to its end through the proxy, each step seen at every secondary. */
export async function liveAndDie(system: TestSystem, zone: string): Promise<void> {
  const {proxy} = system
  const www = `www.${zone}`
  await proxy.createZone(zone, [rrset(www, 'TXT', '"first"')], {nameservers: [`ns1.${zone}`]})
  await system.everywhere(async (dns) => expect(await dns.txt(www)).toEqual(['first']))

  await proxy.putZone(zone, {dnssec: true, nsec3param: '1 0 0 -'})
  await system.everywhere(async (dns) => {
    const {answers} = await dns.ask(www, 'TXT', {dnssec: true})
    expect(answers.map(({type}) => type).sort()).toEqual(['RRSIG', 'TXT'])
    const denial = await dns.ask(`none.${zone}`, 'A', {dnssec: true})
    expect(denial.rcode).toBe('NXDOMAIN')
    expect(denial.authorities.map(({type}) => type)).toContain('NSEC3')
  })
  await system.follows(zone)

  await proxy.replace(zone, rrset(www, 'TXT', '"second"'))
  await system.everywhere(async (dns) => expect(await dns.txt(www)).toEqual(['second']))
  await system.follows(zone)

  await proxy.deleteZone(zone)
  await system.gone(zone)
}
