import {enableCompileCache} from 'node:module'
import {homedir} from 'node:os'
import {join} from 'node:path'

// Not below the shared /tmp, which is Node's default: whoever owns the cache decides what code runs.
const cacheHome = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
enableCompileCache(process.env.NODE_COMPILE_CACHE || join(cacheHome, 'pdist', 'compile'))

// oclif would look for TypeScript sources under NODE_ENV=test or development; it is always dist that runs.
globalThis.oclif = {...globalThis.oclif, enableAutoTranspile: false}

// Whoever reads may have had enough: that is no error of ours. oclif ignores it for stdout.
process.stderr.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error
})

const {execute} = await import('../dist/cli/execute.js')
await execute({dir: import.meta.url})

// All is done and told. The NATS client leaves a connection open on which a broker that stalls says nothing.
process.exit()
