import {cyclesOf, type Import, importsOf, type Sources} from './imports.js'

/** Folders with contact to the outside; each stands alone. */
const IO = ['powerdns', 'proxy', 'xfr', 'broker', 'config', 'log', 'metrics'] as const

/** Layer -> the layers below that it may import, besides itself. `base` is async/ and the files beside it. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  base: [],
  certificates: ['base'],
  dns: ['base'],
  zone: ['dns', 'base'],
  sync: ['zone', 'dns', 'base'],
  doctor: ['zone', 'dns', 'base'],
  ...Object.fromEntries(IO.map((folder) => [folder, ['zone', 'dns', 'certificates', 'base']])),
  ui: ['sync', 'doctor', 'zone', 'dns', 'base'],
  lab: ['sync', 'zone', 'dns', 'certificates', 'base', ...IO],
  system: ['sync', 'doctor', 'zone', 'dns', 'certificates', 'base', ...IO],
  daemons: ['system', 'sync', 'zone', 'dns', 'base', ...IO],
  cli: ['ui', 'base'],
  commands: ['cli', 'daemons', 'system', 'ui', 'lab', 'sync', 'doctor', 'zone', 'dns', 'base', ...IO],
}

/** Package -> the layers that are its home. A package that is not listed has no business in src. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  'dns-packet': ['xfr', 'dns'],
  nats: ['broker'],
  '@nats-io': ['broker'],
  ink: ['ui'],
  react: ['ui'],
  listr2: ['ui'],
  pino: ['log'],
  'prom-client': ['metrics'],
  fastify: ['proxy'],
  selfsigned: ['certificates'],
  'smol-toml': ['config'],
  zod: ['zone', 'broker', 'powerdns', 'sync'],
  '@oclif': ['commands', 'cli'],
}

/** Layers without I/O, and what they may use of Node. */
const PURE_LAYERS = new Set(['dns', 'zone', 'doctor'])
const PURE_MODULES = new Set(['node:crypto', 'node:buffer', 'node:zlib', 'node:util'])

/** The breaches of the rules of ARCHITECTURE.md, each as a sentence. */
export function breachesIn(sources: Sources): string[] {
  const imports = importsOf(sources)
  const cycles = cyclesOf(imports).map((files) => `a cycle: ${files.join(' -> ')}`)
  return [...imports.flatMap((each) => breachOf(each) ?? []), ...cycles]
}

function breachOf({from, specifier, file}: Import): string | undefined {
  const layer = layerOf(from)
  if (file !== undefined) {
    const target = layerOf(file)
    if (target === layer || BELOW[layer]?.includes(target)) return undefined
    return `${from} imports ${file}: ${layer} may not use ${target}`
  }
  if (specifier.startsWith('node:')) {
    if (!PURE_LAYERS.has(layer) || PURE_MODULES.has(specifier)) return undefined
    return `${from} imports ${specifier}: ${layer} does no I/O`
  }
  const name = specifier.split('/', 1)[0] ?? ''
  if (HOMES[name]?.includes(layer)) return undefined
  return `${from} imports ${specifier}: its home is ${HOMES[name]?.join(' or ') ?? 'nowhere'}, not ${layer}`
}

function layerOf(file: string): string {
  const [top = '', folder = '', ...inside] = file.split('/')
  const layer = top !== 'lib' ? top : inside.length === 0 || folder === 'async' ? 'base' : folder
  if (!Object.hasOwn(BELOW, layer)) throw new Error(`${file} is in no layer`)
  return layer
}
