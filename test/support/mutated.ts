import fc from 'fast-check'

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    '',
    -1,
    0.5,
    2 ** 53,
    Number.MAX_VALUE,
    'a'.repeat(64),
    'Example.test',
    [],
    {},
    [{}],
  ),
  fc.jsonValue(),
)

/** What is like `samples`, with some field, at whatever depth, removed, added or of another value. */
export function mutated(samples: fc.Arbitrary<object>): fc.Arbitrary<unknown> {
  const spots = fc.array(fc.nat(), {minLength: 1, maxLength: 4})
  return fc
    .tuple(samples, spots, odd, fc.constantFrom('keep', 'replace', 'remove', 'add'))
    .map(([sample, spot, value, what]) => alter(structuredClone(sample), spot, value, what))
}

function alter(json: object, [first = 0, ...rest]: number[], value: unknown, what: string): unknown {
  const names = Object.keys(json)
  const name = names[first % names.length]
  if (what === 'keep') return json
  if (name === undefined || what === 'add') return {...json, [`more${first % 3}`]: value}
  const inner: unknown = Reflect.get(json, name)
  if (rest.length > 0 && typeof inner === 'object' && inner !== null)
    return Object.assign(json, {[name]: alter(inner, rest, value, what)})
  if (what === 'remove') Reflect.deleteProperty(json, name)
  else Reflect.set(json, name, value)
  return json
}
