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
  const urls = servers.map(({url}) => url).join(',')
  const width = Math.max(...roles.map((role) => title(role).length))
  return [
    ...roles.map((role) => `${title(role).padEnd(width)}  ${role.keyFile}  ${role.made ? 'made' : 'kept'}`),
    '',
    ...(servers.length === 0
      ? [`No --server was named: no configuration was made in ${directory}`]
      : ['Copy to the servers, and start or reload nats-server:']),
    ...servers.map((server) => `  ${server.directory}/*  ->  ${server.url}`),
    `Copy ${authorityFile} to each machine as /etc/pdist/broker-ca.pem, its key into /etc/pdist/credentials, and there:`,
    ...(servers.length === 0
      ? []
      : roles.map((role) => `  pdist config init ${flagsOf(role)} --broker ${urls}`)),
  ]
}

function flagsOf({role, secondary}: ShownRoles['roles'][number]): string {
  return `--role ${role}${secondary === undefined ? '' : ` --name ${secondary}`}`
}
