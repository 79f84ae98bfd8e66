/** What JSON values have in common, and where they differ. */
interface Shape {
  readonly simple: Set<string>
  /** Of the elements of arrays. */
  items?: Shape
  /** Of objects, by the value of their `kind`; '' where they have none. */
  readonly objects: Map<string, ObjectShape>
}

interface ObjectShape {
  count: number
  readonly fields: Map<string, {count: number; shape: Shape}>
}

/** Stands for the values of a `kind` until all objects of one shape are known. */
const KIND = '\0kind'

export interface ShapeOptions {
  /** Names of fields whose keys are data, not names of fields. */
  maps?: readonly string[]
}

/**
 * The shape of several JSON values in a stable text: fields in alphabetical order, `?` behind those that not every object has,
 * objects with a `kind` apart from each other.
 */
export function shapeOf(values: readonly unknown[], {maps = []}: ShapeOptions = {}): string {
  const shape = emptyShape()
  for (const value of values) add(shape, value, new Set(maps))
  return render(shape, new Set(maps), '')
}

function emptyShape(): Shape {
  return {simple: new Set(), objects: new Map()}
}

function add(shape: Shape, value: unknown, maps: ReadonlySet<string>): void {
  if (Array.isArray(value)) {
    shape.items ??= emptyShape()
    for (const item of value) add(shape.items, item, maps)
  } else if (typeof value === 'object' && value !== null) {
    addObject(shape, value as Record<string, unknown>, maps)
  } else {
    shape.simple.add(value === null ? 'null' : typeof value)
  }
}

function addObject(shape: Shape, object: Record<string, unknown>, maps: ReadonlySet<string>): void {
  const kind = typeof object.kind === 'string' ? object.kind : ''
  const known: ObjectShape = shape.objects.get(kind) ?? {count: 0, fields: new Map()}
  shape.objects.set(kind, known)
  known.count++
  for (const [name, value] of Object.entries(object)) {
    const field = known.fields.get(name) ?? {count: 0, shape: emptyShape()}
    known.fields.set(name, field)
    field.count++
    const inner = maps.has(name) ? Object.values(value as object) : [value]
    for (const each of inner) add(field.shape, each, maps)
  }
}

function render(shape: Shape, maps: ReadonlySet<string>, indent: string): string {
  const parts = [
    ...[...shape.simple].sort(),
    ...objectTexts(shape, maps, indent),
    ...(shape.items ? [renderArray(shape.items, maps, indent)] : []),
  ]
  return parts.length === 0 ? 'nothing' : parts.join(' | ')
}

/** Objects that differ in nothing but the value of their `kind` are one. */
function objectTexts({objects}: Shape, maps: ReadonlySet<string>, indent: string): string[] {
  const kinds = new Map<string, string[]>()
  for (const [kind, object] of [...objects].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const text = renderObject(object, maps, indent)
    kinds.set(text, [...(kinds.get(text) ?? []), JSON.stringify(kind)])
  }
  return [...kinds].map(([text, values]) => text.replace(KIND, values.join(' | ')))
}

function renderArray(items: Shape, maps: ReadonlySet<string>, indent: string): string {
  const inner = render(items, maps, indent)
  const isUnion = items.simple.size + objectTexts(items, maps, indent).length + (items.items ? 1 : 0) > 1
  return isUnion ? `(${inner})[]` : `${inner}[]`
}

function renderObject({count, fields}: ObjectShape, maps: ReadonlySet<string>, indent: string): string {
  const deeper = `${indent}  `
  const lines = [...fields]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => {
      const inner = render(field.shape, maps, deeper)
      const text = isKind(name, field.shape) ? KIND : maps.has(name) ? `{[name]: ${inner}}` : inner
      return `${deeper}${name}${field.count < count ? '?' : ''}: ${text}`
    })
  return lines.length === 0 ? '{}' : ['{', ...lines, `${indent}}`].join('\n')
}

function isKind(name: string, {simple, items, objects}: Shape): boolean {
  return name === 'kind' && simple.has('string') && simple.size === 1 && !items && objects.size === 0
}
