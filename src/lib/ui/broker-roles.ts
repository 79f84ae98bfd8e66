/** What of `makeBrokerRoles`' report is shown. */
export interface ShownRoles {
  directory: string
  authorityFile: string
  servers: ReadonlyArray<{url: string; directory: string}>
  roles: ReadonlyArray<{role: string; secondary?: string; keyFile: string; made: boolean}>
}

/** What was made, and what is to be done with it. */
export function brokerRolesLines({directory, authorityFile, servers, roles}: ShownRoles): string[] {
  const title = (role: ShownRoles['roles'][number]) =>
    role.secondary === undefined ? role.role : `${role.role} ${role.secondary}`
  const width = Math.max(...roles.map((role) => title(role).length))
  return [
    ...roles.map((role) => `${title(role).padEnd(width)}  ${role.keyFile}  ${role.made ? 'made' : 'kept'}`),
    '',
    ...(servers.length === 0
      ? [`No --server was named: no configuration was made in ${directory}`]
      : ['Copy to the servers, and start or reload nats-server:']),
    ...servers.map((server) => `  ${server.directory}/*  ->  ${server.url}`),
    `On the primary and each secondary, copy ${authorityFile} and its key; then in [broker]:`,
    `  servers = [${servers.map(({url}) => JSON.stringify(url)).join(', ')}]`,
    '  ca_file = "/etc/pdist/broker-ca.pem"',
    '  nkey_file = "/etc/pdist/broker.nkey"',
  ]
}
