import fc from 'fast-check'
import {type ZoneName, zoneName} from '../../src/lib/dns/name.js'

/** Any byte but most often one of those that names are really made of, or that mean something to somebody. */
const byte = fc.oneof(
  {weight: 4, arbitrary: fc.constantFrom(...Buffer.from('abcxyz0189-'))},
  {weight: 2, arbitrary: fc.constantFrom(...Buffer.from('._=\\/*>@ $"()ABC%\u007f'))},
  {weight: 1, arbitrary: fc.integer({min: 0, max: 255})},
)

const label = fc
  .uint8Array({minLength: 1, maxLength: 63})
  .chain(({length}) => fc.array(byte, {minLength: length, maxLength: length}))

const shortLabel = fc.array(byte, {minLength: 1, maxLength: 12})

/** Names of zones: of every byte, with labels and names up to the longest, the root among them. */
export const zoneNames: fc.Arbitrary<ZoneName> = fc
  .oneof(
    {weight: 8, arbitrary: fc.array(shortLabel, {maxLength: 6})},
    {weight: 1, arbitrary: fc.array(label, {maxLength: 6})},
  )
  .map((labels) => {
    const kept: number[][] = []
    let bytes = 1
    for (const one of labels) {
      if (bytes + one.length + 1 > 255) break
      bytes += one.length + 1
      kept.push(one)
    }
    const text = kept
      .map((one) => one.map((value) => `\\${String(value).padStart(3, '0')}`).join(''))
      .join('.')
    return zoneName(text === '' ? '.' : `${text}.`)
  })
