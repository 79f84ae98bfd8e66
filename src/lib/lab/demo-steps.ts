import type {DemoStep} from './demo-step.js'

const ZONE = 'demo.example.'
const WWW = `www.${ZONE}`
const ZONES = '/api/v1/servers/localhost/zones'
const FIRST = '192.0.2.1'
const SECOND = '198.51.100.2'

/** What happens to a zone in its life, in order. */
export const demoSteps: readonly DemoStep[] = [
  {
    title: `Create ${ZONE} with ${WWW} at ${FIRST}`,
    call: {
      method: 'POST',
      path: ZONES,
      body: {
        name: ZONE,
        kind: 'Native',
        nameservers: [`ns1.${ZONE}`, `ns2.${ZONE}`],
        rrsets: [address(FIRST)],
      },
    },
    question: {name: WWW, type: 'A'},
    served: hasAddress(FIRST),
  },
  {
    title: `Secure ${ZONE} with DNSSEC`,
    call: {method: 'PUT', path: `${ZONES}/${ZONE}`, body: {dnssec: true, nsec3param: '1 0 0 -'}},
    question: {name: WWW, type: 'A', dnssec: true},
    served: ({answers}) => answers.some(({type}) => type === 'RRSIG'),
  },
  {
    title: `Change ${WWW} to ${SECOND}`,
    call: {
      method: 'PATCH',
      path: `${ZONES}/${ZONE}`,
      body: {rrsets: [{...address(SECOND), changetype: 'REPLACE'}]},
    },
    question: {name: WWW, type: 'A', dnssec: true},
    served: hasAddress(SECOND),
  },
  {
    title: `Delete ${ZONE}`,
    call: {method: 'DELETE', path: `${ZONES}/${ZONE}`},
    question: {name: WWW, type: 'A'},
    served: ({rcode}) => rcode === 'REFUSED',
  },
]

function address(content: string) {
  return {name: WWW, type: 'A', ttl: 60, records: [{content, disabled: false}]}
}

function hasAddress(wanted: string): DemoStep['served'] {
  return ({answers}) => answers.some((answer) => answer.type === 'A' && answer.data === wanted)
}
