// Loaded into each daemon by the row of steps (NODE_OPTIONS=--import): notes what Node tells on its diagnostics
// channels anyway, with the monotonic clock that all processes of a machine share. The daemons know nothing of it.
import {subscribe} from 'node:diagnostics_channel'
import {appendFileSync} from 'node:fs'
import {join} from 'node:path'

const EVERY_MS = 100
const directory = process.env.BENCH_PROBE_DIR
const [, , verb, role] = process.argv
/** Lines that were not written yet. */
let lines = []

if (directory !== undefined && verb === 'daemon') probe(join(directory, `${role}-${process.pid}.jsonl`))

function probe(file) {
  const note = (what, about) =>
    lines.push(JSON.stringify({what, role, pid: process.pid, at: now(), ...about}))
  const write = () => {
    if (lines.length > 0) appendFileSync(file, `${lines.join('\n')}\n`)
    lines = []
  }
  subscribe('http.server.request.start', ({request}) => note('call arrives', callOf(request)))
  subscribe('http.server.response.finish', ({request}) => note('call answered', callOf(request)))
  subscribe('http.client.request.start', ({request}) => note('request', callOf(request)))
  subscribe('http.client.response.finish', ({request}) => note('response', callOf(request)))
  subscribe('net.client.socket', () => note('connects'))
  subscribe('net.server.socket', () => note('is connected to'))
  setInterval(write, EVERY_MS).unref()
  process.once('exit', write)
}

/** Milliseconds. */
function now() {
  return Number(process.hrtime.bigint()) / 1e6
}

function callOf({method, url, path}) {
  return {method, path: path ?? url}
}
