// Builds dist/, the program that is run: the commands with all that they need, packages too, in few files; docs/decisions/0019 says why.
//
//   npm run build [-- --out DIR] [-- --no-source-maps]
import {globSync} from 'node:fs'
import {isBuiltin} from 'node:module'
import {join, resolve} from 'node:path'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {build, type InputOptions, type OutputOptions, type Plugin} from 'rolldown'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** Where oclif and bin/ look for what they load by name. */
const PROGRAM = ['cli/execute.ts', 'cli/help.ts', 'cli/not-found.ts', 'cli/topic-check.ts']
/** What scripts/, and the faults of test/, take from the built program. */
const LIBRARY = [
  'cli/surface.ts',
  'lib/broker/events.ts',
  'lib/config/reference.ts',
  'lib/ui/manual/man.ts',
  'lib/ui/manual/markdown.ts',
]
/** What every command needs; and what is small and used by many, so that it draws nothing larger with it. */
const CLI = [
  /^\0@oxc-project\b/,
  /\/node_modules\/(@oclif\/core|wsl-utils|is-wsl|is-docker|is-inside-container)\//,
  /\/src\/(cli\/execute|commands\/[a-z-]*base|lib\/([^/]+|async\/[^/]+|config\/(quantities|roles)))\.ts$/,
]
/** Ink loads it where it is installed and DEV is set. */
const OPTIONAL = 'react-devtools-core'
/** EVAL: ejs compiles the templates of help texts. */
const ACCEPTED_WARNINGS = ['EVAL']

const {values} = parseArgs({
  options: {
    out: {type: 'string', default: join(ROOT, 'dist')},
    'source-maps': {type: 'boolean', default: true},
  },
  allowNegative: true,
})

const output: OutputOptions = {
  dir: resolve(values.out),
  cleanDir: true,
  format: 'es',
  sourcemap: values['source-maps'],
  // Without a hash: these names are in stack traces and profiles.
  chunkFileNames: 'chunks/[name].js',
  minifyInternalExports: false,
  comments: {legal: true, annotation: false, jsdoc: false},
  codeSplitting: {
    // Each with all that it imports: to find a hundred files takes longer than to read one with all that is in them.
    groups: [
      {name: 'cli', test: (id) => CLI.some((each) => each.test(id)), priority: 3},
      {name: 'config', test: /\/src\/lib\/config\/load\.ts$/, priority: 2},
      {name: 'system', test: /\/src\/lib\/system\/system\.ts$/, priority: 1},
    ],
  },
}

const input: InputOptions = {
  cwd: ROOT,
  input: Object.fromEntries(
    [...commandFiles(), ...PROGRAM, ...LIBRARY].map((file) => [file.replace(/\.ts$/, ''), `src/${file}`]),
  ),
  platform: 'node',
  tsconfig: 'tsconfig.json',
  external: [OPTIONAL],
  transform: {target: 'es2024', define: {'process.env.NODE_ENV': '"production"'}},
  plugins: [plainOrder(), selfContained(), plainBuiltins(), ascii()],
  onLog(level, log) {
    if (level === 'warn' && !ACCEPTED_WARNINGS.includes(log.code ?? '')) throw new Error(log.message)
  },
}

await build({...input, output})

function commandFiles(): string[] {
  const files = globSync('commands/**/*.ts', {cwd: join(ROOT, 'src')})
  return files.filter((file) => !file.endsWith('base.ts')).sort()
}

/**
 * oclif sorts its commands as people would, for which V8 takes 12 ms to read the rules of a language. By code units it is the same order:
 * their names are of small letters, and of `-` and `:` that come before these in both.
 */
function plainOrder(): Plugin {
  const sorted = 'a.id.localeCompare(b.id)'
  return {
    name: 'plain-order',
    transform: {
      filter: {id: /\/@oclif\/core\/lib\/config\/plugin\.js$/},
      handler(code) {
        if (code.split(sorted).length !== 2) this.error(`there is not one ${sorted} any more`)
        return {code: code.replace(sorted, '(a.id < b.id ? -1 : 1)'), map: null}
      },
    },
  }
}

/** Fails where something is left over for which node_modules would have to be there. */
function selfContained(): Plugin {
  return {
    name: 'self-contained',
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue
        const strange = [...chunk.imports, ...chunk.dynamicImports].filter(
          (name) => !(name in bundle || isBuiltin(name) || name === OPTIONAL),
        )
        if (strange.length > 0)
          this.error(`${chunk.fileName} imports what is not built: ${strange.join(', ')}`)
      }
    },
  }
}

/**
 * Node makes a module of its own fit for `import` by reading each of its exports, and in these some load much that nobody wants:
 * WebCrypto, and fetch with all that belongs to it.
 */
function plainBuiltins(): Plugin {
  const statement = /^import \{ (.*) \} from "(?:node:)?(crypto|http)";$/gm
  const other = /^import .* from "(?:node:)?(?:crypto|http)";$|process\.getBuiltinModule.*\bdefault\b/m
  const plain = (_: string, names: string, module: string) =>
    `const { ${names.replaceAll(' as ', ': ')} } = process.getBuiltinModule("node:${module}");`
  return {
    name: 'plain-builtins',
    // As long as each is one line, the source maps stay right.
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue
        chunk.code = chunk.code.replace(statement, plain)
        if (other.test(chunk.code)) this.error(`${chunk.fileName} imports a module of Node's in another way`)
      }
    },
  }
}

/** V8 keeps a source in two bytes for each character where one of them is beyond Latin-1: a spinner would cost a megabyte. */
function ascii(): Plugin {
  // By UTF-16 unit: the same in strings, templates and regular expressions.
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  return {
    name: 'ascii',
    // When the source map is made: it misses some columns, and no line.
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type === 'chunk') chunk.code = chunk.code.replace(/[^\0-\x7f]/g, escaped)
      }
    },
  }
}
