import {BaseSequencer, type TestSpecification} from 'vitest/node'

/** A file that begins last and takes two minutes leaves one of two cores idle meanwhile. */
const LONGEST = [
  'system/sizes.test.ts',
  'system/bypass.test.ts',
  'lessons/others.test.ts',
  'faults-short.test.ts',
  'system/kept-out.test.ts',
]

/** Begins with the files that are known to take long, the longest first. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({moduleId}: TestSpecification) => {
      const index = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}`))
      return index < 0 ? LONGEST.length : index
    }
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other))
  }
}
