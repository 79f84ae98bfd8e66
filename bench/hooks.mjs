import {registerHooks} from 'node:module'

// The benchmark is run as it is written, since Node strips the types itself; the library that it uses is the built one.
registerHooks({
  resolve(specifier, context, next) {
    const fromHere = context.parentURL?.endsWith('.ts')
    if (fromHere && specifier.startsWith('./')) return next(specifier.replace(/\.js$/, '.ts'), context)
    if (fromHere) return next(specifier.replace(/^\.\.\/src\//, '../dist/'), context)
    return next(specifier, context)
  },
})
