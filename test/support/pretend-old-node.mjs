// The check of the version must be seen to fail where no older Node is at hand.
Object.defineProperty(process.versions, 'node', {value: '20.19.0'})
Object.defineProperty(process, 'version', {value: 'v20.19.0'})
