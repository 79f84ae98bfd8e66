import {readFileSync} from 'node:fs'
import {EventStream} from '../../../dist/lib/broker/events.js'

// Loaded into an api-proxy: it dies, as by SIGKILL, when it has PowerDNS's answer and is about to publish the event for the
// zone that the file DIE_BEFORE_PUBLISH names.
const {publish} = EventStream.prototype
EventStream.prototype.publish = function (event) {
  if (event.zone === unlucky()) process.kill(process.pid, 'SIGKILL')
  return publish.call(this, event)
}

function unlucky() {
  try {
    return readFileSync(process.env.DIE_BEFORE_PUBLISH ?? '', 'utf8')
  } catch {
    return undefined
  }
}
