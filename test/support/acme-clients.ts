/** One HTTP call of an ACME client, below its base URL. */
export interface ClientCall {
  method: 'GET' | 'PATCH' | 'PUT'
  path: string
  headers?: Record<string, string>
  body?: string
}

const ZONES = '/api/v1/servers/localhost/zones'
const JSON_TYPE = {'content-type': 'application/json'}

/** What acme.sh (dnsapi/dns_pdns.sh) asks for, to set a challenge in a zone that has none yet. */
export function acmeShCalls(zone: string, name: string, value: string): ClientCall[] {
  const rrset = `{"changetype": "REPLACE", "name": "${name}", "type": "TXT", "ttl": 60, "records": [{"content": "\\"${value}\\"", "disabled": false}]}`
  // From the whole name on, a label less each time, until the server has such a zone.
  const labels = name.split('.')
  const tried = labels.slice(0, labels.length - zone.split('.').length + 1)
  return [
    ...tried.map((_, i) => get(`${ZONES}?zone=${labels.slice(i).join('.')}`)),
    get(`${ZONES}/${zone}`),
    {method: 'PATCH', path: `${ZONES}/${zone}`, headers: JSON_TYPE, body: `{"rrsets": [${rrset}]}`},
    {method: 'PUT', path: `${ZONES}/${zone}/notify`},
  ]
}

/** What dns-lexicon (certbot's plugins for PowerDNS) asks for, for a zone of kind Master. Each call has a body. */
export function lexiconCalls(zone: string, name: string, value: string): ClientCall[] {
  const records = [{content: `"${value}"`, disabled: false}]
  const rrsets = [{name, type: 'TXT', records, ttl: 60, changetype: 'REPLACE'}]
  const empty = {headers: JSON_TYPE, body: '{}'}
  return [
    {...get(`${ZONES}/${zone}`), ...empty},
    {method: 'PATCH', path: `${ZONES}/${zone}`, headers: JSON_TYPE, body: JSON.stringify({rrsets})},
    // The domain without its dot.
    {method: 'PUT', path: `${ZONES}/${zone.slice(0, -1)}/notify`, ...empty},
  ]
}

function get(path: string): ClientCall {
  return {method: 'GET', path}
}
