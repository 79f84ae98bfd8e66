import {execFile} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import {expect, it} from 'vitest'

const run = promisify(execFile)
const MODULE = fileURLToPath(new URL('../../../src/daemons/memory-saver.ts', import.meta.url))

/** What a Node.js says that runs this code, on stdout and stderr. */
async function told(code: string): Promise<{stdout: string; stderr: string}> {
  const {stdout, stderr} = await run(process.execPath, ['--input-type=module', '-e', code])
  return {stdout, stderr}
}

it('names a flag that V8 knows, of which it would complain otherwise, without an error', async () => {
  const saving = `
    import {saveMemory} from ${JSON.stringify(MODULE)}
    import {setFlagsFromString} from 'node:v8'
    saveMemory()
    setFlagsFromString('--no-memory-saver-mode')
    console.log('goes on')`
  expect(await told(saving)).toEqual({stdout: 'goes on\n', stderr: ''})
  const unknown = `
    import {setFlagsFromString} from 'node:v8'
    setFlagsFromString('--memory-of-an-elephant')`
  expect((await told(unknown)).stderr).toContain('unrecognized flag')
})
