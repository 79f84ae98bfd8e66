// The benchmark, and what it uses of the library, is run as it is written; the daemons and commands that it measures are the built ones.
import '../test/support/typescript-hooks.mjs'
