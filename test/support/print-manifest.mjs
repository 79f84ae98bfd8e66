import {Plugin} from '@oclif/core'

// Prints what `npm run manifest` would write, without writing it.
const plugin = new Plugin({
  errorOnManifestCreate: true,
  ignoreManifest: true,
  respectNoCacheDefault: true,
  root: process.argv[2],
  type: 'core',
})
await plugin.load()
process.stdout.write(JSON.stringify(plugin.manifest))
