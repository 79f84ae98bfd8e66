// Where the built program begins: bin/main.js has to turn the compile cache on before it loads any of it.
export {execute} from '@oclif/core/execute'
