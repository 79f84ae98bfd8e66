import {registerHooks} from 'node:module'

// Lets a child process run the sources as they are: Node strips the types itself, but takes `./x.js` to
// the letter, where TypeScript means `./x.ts`.
registerHooks({
  resolve(specifier, context, next) {
    const relative = specifier.startsWith('.') && context.parentURL?.endsWith('.ts')
    return next(relative ? specifier.replace(/\.js$/, '.ts') : specifier, context)
  },
})
