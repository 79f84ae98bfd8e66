import {writeFileSync} from 'node:fs'
import {registerHooks} from 'node:module'

// Writes the URL of every module that the process loaded to the file that RECORD_MODULES_TO names.
const urls = new Set()
registerHooks({
  load(url, context, next) {
    urls.add(url)
    return next(url, context)
  },
})
process.on('exit', () => writeFileSync(process.env.RECORD_MODULES_TO, [...urls].join('\n')))
