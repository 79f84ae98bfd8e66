#!/usr/bin/env node
// Only syntax that Node 12 parses, and no static import: an old Node must get as far as the message.
const NEEDED = [22, 15]

const running = process.versions.node.split('.').map(Number)
if (running[0] < NEEDED[0] || (running[0] === NEEDED[0] && running[1] < NEEDED[1])) {
  process.stderr.write(
    `pdist needs Node.js ${NEEDED.join('.')} or newer; this is ${process.version} (${process.execPath})\n`,
  )
  process.exit(1)
} else {
  import('./main.js').catch((error) => {
    process.stderr.write(`${error.stack}\n`)
    process.exit(1)
  })
}
