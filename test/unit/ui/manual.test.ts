import {readFileSync} from 'node:fs'
import {describe, expect, it} from 'vitest'
import {blocksOf} from '../../../src/lib/ui/manual/blocks.js'
import {manualPages} from '../../../src/lib/ui/manual/man.js'
import {type ManifestCommand, surfaceOf} from '../../../src/lib/ui/manual/manifest.js'
import {commandReference} from '../../../src/lib/ui/manual/markdown.js'
import {builtSurface} from '../../support/surface.js'

const COMMAND: ManifestCommand = {
  id: 'zone:try',
  summary: 'Try `a` and b',
  description: "First line,\nthe same one.\n\nA list:\n  a    b\n  'c'  d\n\n.no order to roff \\ \u2026",
  args: {zone: {name: 'zone', description: 'Names of the zones', required: true, multiple: true}},
  flags: {
    wait: {name: 'wait', type: 'option', helpValue: 'all|any|N', summary: 'For whom', default: 'all'},
    colour: {name: 'colour', type: 'boolean', allowNo: true, summary: 'Whether'},
    config: {
      name: 'config',
      char: 'c',
      type: 'option',
      helpGroup: 'GLOBAL',
      helpValue: 'FILE',
      summary: 'Which',
    },
    secret: {name: 'secret', type: 'boolean', hidden: true},
  },
  examples: [
    '<%= config.bin %> <%= command.id %> a',
    {description: 'Quoted', command: '<%= config.bin %> <%= command.id %> \'a\' "b" ~/c'},
  ],
  exitCodes: {0: 'fine', 3: 'unknown'},
}

const source = {
  bin: 'pdist',
  version: '1.2.3',
  description: 'Distributes',
  topics: {zone: {description: 'Zones'}},
  commands: [COMMAND, {...COMMAND, id: 'zone:hide', hidden: true}],
}
const surface = surfaceOf(source)

describe('a help text', () => {
  it('is paragraphs in one line each, and lines that stay', () => {
    expect(blocksOf(COMMAND.description ?? '')).toEqual([
      {kind: 'paragraph', text: 'First line, the same one.'},
      {kind: 'paragraph', text: 'A list:'},
      {kind: 'lines', lines: ['  a    b', "  'c'  d"]},
      {kind: 'paragraph', text: '.no order to roff \\ \u2026'},
    ])
  })

  it('may have no template that nobody knows', () => {
    const commands = [{...COMMAND, summary: '<%= config.name %>'}]
    expect(() => surfaceOf({...source, commands})).toThrow('a template that nobody knows')
  })
})

describe('the manual page of a command', () => {
  const [main, page] = manualPages(surface, '2026-01-02')

  it('is one for each command that is shown, and one for the program', () => {
    expect(manualPages(surface, '').map(({file}) => file)).toEqual(['pdist.1', 'pdist-zone-try.1'])
    expect(main?.text).toContain('\\fBpdist\\-zone\\-try\\fR(1)')
  })

  it('says everything in roff, each character as the shell needs it', () => {
    expect(page?.text).toMatchInlineSnapshot(`
      ".\\" Made from the help of pdist 1.2.3.
      .TH PDIST\\-ZONE\\-TRY 1 "2026-01-02" "pdist 1.2.3" "pdist manual"
      .SH NAME
      pdist\\-zone\\-try \\- Try \\(gaa\\(ga and b
      .SH SYNOPSIS
      \\fBpdist zone try\\fR ZONE... [\\-\\-[no\\-]colour] [\\-\\-wait all|any|N] [global
      option]...
      .SH DESCRIPTION
      First line, the same one.
      .PP
      A list:
      .RS 4
      .nf
      a    b
      \\(aqc\\(aq  d
      .fi
      .RE
      .PP
      \\&.no order to roff \\e \\[u2026]
      .SH ARGUMENTS
      .TP
      \\fIZONE...\\fR
      Names of the zones
      .SH OPTIONS
      .TP
      \\fB\\-\\-[no\\-]colour\\fR
      Whether
      .TP
      \\fB\\-\\-wait all|any|N\\fR
      For whom (default: all)
      .SH GLOBAL OPTIONS
      .TP
      \\fB\\-c, \\-\\-config FILE\\fR
      Which
      .SH EXAMPLES
      .RS 4
      .nf
      pdist zone try a
      .fi
      .RE
      .PP
      Quoted:
      .RS 4
      .nf
      pdist zone try \\(aqa\\(aq \\(dqb\\(dq \\(ti/c
      .fi
      .RE
      .SH EXIT STATUS
      .TP
      \\fB0\\fR
      fine
      .TP
      \\fB3\\fR
      unknown
      .SH SEE ALSO
      \\fBpdist\\fR(1)
      "
    `)
  })

  it('has no line that roff would take for an order of its own', () => {
    const orders = page?.text.split('\n').filter((line) => /^[.']/.test(line)) ?? []
    expect(orders.filter((line) => !/^\.(TH|SH|PP|TP|RS 4|RE|nf|fi|\\")/.test(line))).toEqual([])
  })
})

describe('docs/commands.md', () => {
  it('is what the commands say (else: npm run build && npm run docs)', () => {
    const file = new URL('../../../docs/commands.md', import.meta.url)
    expect(readFileSync(file, 'utf8')).toBe(commandReference(builtSurface()))
  })

  it('has a section for each command, with its arguments, flags, examples and exit codes', () => {
    expect(commandReference(surface).split('\n## pdist ')[1]).toMatchInlineSnapshot(`
      "zone try

      Try \`a\` and b.

      \`\`\`
      pdist zone try ZONE... [--[no-]colour] [--wait all|any|N]
      \`\`\`

      First line, the same one.

      A list:

      \`\`\`
      a    b
      'c'  d
      \`\`\`

      .no order to roff \\ …

      | argument | meaning |
      | --- | --- |
      | \`ZONE...\` | Names of the zones |

      | flag | meaning |
      | --- | --- |
      | \`--[no-]colour\` | Whether |
      | \`--wait all\\|any\\|N\` | For whom (default: all) |

      | exit code | meaning |
      | --- | --- |
      | 0 | fine |
      | 3 | unknown |

      \`\`\`sh
      pdist zone try a
      # Quoted
      pdist zone try 'a' "b" ~/c
      \`\`\`
      "
    `)
  })
})
