import {hostname, userInfo} from 'node:os'

/** Who gives an order: `user@host`. */
export function whoAmI(): string {
  return `${userName()}@${hostname()}`
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A container's user need not be in any list of users.
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
