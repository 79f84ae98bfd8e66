import {gauge} from './definitions.js'

/**
 * Every metric of the project, in one place; a new one is one line, made by `counter`, `gauge` or `latency`.
 * Base units only (seconds, bytes). No label may hold a zone's name or anything else that a client can
 * make up: each value of a label is a time series for as long as the process lives.
 */
export const catalogue = {
  buildInfo: gauge('pdist_build_info', 'Always 1; the version is in the label', ['version']),
  ready: gauge('pdist_ready', 'Whether the named condition for being ready holds (1) or not (0)', [
    'condition',
  ]),
} as const
