import {execFileSync} from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import {basename, join} from 'node:path'
import {afterAll, beforeAll, describe, expect, inject, it} from 'vitest'
import {Lab} from '../../src/lib/lab/lab.js'
import {PortPicker} from '../../src/lib/lab/ports.js'
import {ApiClient, rrset} from '../support/api-client.js'
import {DnsServer} from '../support/dns-server.js'
import {eventually} from '../support/eventually.js'
import {debsIn, nextVersion} from '../support/packages/build.js'
import {Debian} from '../support/packages/debian.js'
import {installationCommands} from '../support/packages/guide.js'

const packages = inject('packages')
const DAEMONS = ['api-proxy', 'zone-provider', 'health-checker', 'syncer']
const HOST = '127.0.0.1'

describe.each(['bookworm', 'trixie'] as const)('on Debian %s', (suite) => {
  let lab: Lab
  let debian: Debian
  let proxy: ApiClient
  let dns: DnsServer
  let proxyPort = 0
  const secrets: string[] = []

  beforeAll(async () => {
    lab = await Lab.start({
      ...{
        secondaries: 1,
        backend: 'gsqlite3',
        ipv6: false,
        cache: true,
        restart: true,
        daemons: false,
        tls: true,
      },
    })
    debian = await Debian.boot(suite)
    mkdirSync(debian.path('root/debs'))
    for (const deb of debsIn(packages)) copyFileSync(deb, debian.path(`root/debs/${basename(deb)}`))
    proxyPort = await new PortPicker(HOST).next()
  })

  afterAll(async () => {
    await proxy?.close()
    await dns?.close()
    await debian?.stop()
    await lab?.stop()
  })

  const service = (daemon: string) => `pdist-${daemon}.service`
  const atWork = (daemon: string) =>
    eventually(async () => {
      const wanted = {ActiveState: 'active', StatusText: 'at work'}
      expect(await debian.unit(service(daemon))).toMatchObject(wanted)
    })
  const served = (zone: string) =>
    eventually(async () => expect(await dns.soa(zone)).toMatchObject({state: 'served'}))

  /** Runs a chapter's commands of the installation guide in `/root/keys`, each as it is there but for what `change` does to it. */
  async function follow(chapter: string, change: (command: string) => string): Promise<string[]> {
    const said: string[] = []
    for (const command of installationCommands(chapter)) {
      said.push(await debian.run('sh', '-c', `cd /root/keys && ${change(command)}`))
    }
    return said
  }

  it('the packages are installed, and nothing runs', async () => {
    const names = readdirSync(debian.path('root/debs')).map((name) => `/root/debs/${name}`)
    await debian.run('dpkg', '--install', ...names)
    for (const daemon of DAEMONS) {
      expect(await debian.unit(service(daemon))).toMatchObject({LoadState: 'loaded', ActiveState: 'inactive'})
    }
    expect(await debian.run('pdist', '--version')).toMatch(/^pdist\//)
    // Each failure makes the next wait longer, where systemd is new enough.
    const {RestartSteps} = await debian.unit(service('syncer'))
    expect(RestartSteps).toBe(suite === 'bookworm' ? undefined : '5')
    // With the installed files systemd finds all that the units name.
    const folder = '/usr/lib/systemd/system'
    const others = ['pdist-primary.target', 'pdist-secondary.target', 'pdist-resync@.timer']
    const units = [...DAEMONS.map(service), ...others].map((name) => `${folder}/${name}`)
    expect(await debian.try('systemd-analyze', 'verify', '--man=no', ...units)).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    })
  })

  it('is configured and started by the documented steps', async () => {
    const {nats, primary, secondaries} = lab.endpoints
    const [secondary] = secondaries
    if (!secondary) throw new Error('the lab has no secondary')
    mkdirSync(debian.path('root/keys'))
    for (const name of ['ca.pem', 'primary.nkey', 'operator.nkey', 'secondary-ns1.nkey']) {
      const file = join(lab.endpoints.dir, 'broker', name)
      copyFileSync(file, debian.path(`root/keys/${name}`))
      if (name !== 'ca.pem') secrets.push(readFileSync(file, 'utf8').trim())
    }
    secrets.push(primary.apiKey, secondary.apiKey)
    await unlikeAnyOther()
    // The lab's servers have ports of their own; all else is done as it is written.
    const at = (command: string, {apiUrl, apiKey, dns}: typeof primary) =>
      command
        .replace('tls://nats.example.net:4222', nats.url)
        .replace('http://127.0.0.1:8081', apiUrl)
        .replace(/^(?=install .*\/dev\/stdin)/, `echo '${apiKey}' | `)
        .replace(/--role (primary|secondary)/, `$& --api-url ${apiUrl} --dns ${dns.host}:${dns.port}`)
    const said = await follow('The primary', (command) => at(command, primary))
    const publicKey = said.find((text) => text.startsWith('pdist-ed25519 '))?.trim() ?? ''
    // Only here both roles, and so two PowerDNS, are on one machine.
    await follow('Each secondary', (command) =>
      at(command, secondary)
        .replace('powerdns-key', 'secondary-key')
        .replace('pdist-ed25519 …', publicKey)
        .replace('--role secondary', '$& --api-key-file /etc/pdist/credentials/secondary-key'),
    )
    for (const [file, roles] of [
      ['primary.toml', ['api-proxy', 'zone-provider', 'health-checker']],
      ['secondary.toml', ['syncer']],
      ['pdist.toml', []],
    ] as const) {
      const flags = roles.flatMap((role) => ['--role', role])
      await debian.run('pdist', 'config', 'check', '--config', `/etc/pdist/${file}`, ...flags)
    }
  })

  /** Ports that no other test has, and a short watchdog, beside the configuration. */
  async function unlikeAnyOther(): Promise<void> {
    const ports = new PortPicker(HOST)
    const settings = [
      'METRICS_LISTEN=127.0.0.1:0',
      `API_PROXY_LISTEN=${HOST}:${proxyPort}`,
      `ZONE_PROVIDER_NOTIFY_LISTEN=${HOST}:${await ports.next()}`,
      `SECONDARY_LISTEN=${HOST}:${await ports.next()}`,
    ]
    const lines = settings.map((setting) => `Environment=PDIST_${setting}\n`)
    mkdirSync(debian.path('etc/systemd/system/pdist-.service.d'), {recursive: true})
    const file = debian.path('etc/systemd/system/pdist-.service.d/test.conf')
    writeFileSync(file, `[Service]\n${lines.join('')}WatchdogSec=3s\n`)
    await debian.run('systemctl', 'daemon-reload')
  }

  it('is at work, and a change made through the proxy is served', async () => {
    for (const daemon of DAEMONS) await atWork(daemon)
    const ca = readFileSync(debian.path('var/lib/pdist/proxy-cert.pem'), 'utf8')
    const {primary, secondaries} = lab.endpoints
    proxy = new ApiClient({url: `https://${HOST}:${proxyPort}`, apiKey: primary.apiKey, ca})
    dns = new DnsServer(secondaries[0]?.dns ?? {host: HOST, port: 53})
    await proxy.createZone('first.example.', [rrset('www.first.example.', 'TXT', '"one"')])
    await served('first.example')
    await eventually(async () => expect(await dns.txt('www.first.example')).toEqual(['one']))
  })

  it('health and resync are asked of it as in the documentation', async () => {
    // On a busy machine it warns of load, and exits with 1.
    const {stdout} = await debian.try('pdist', 'health', '--json')
    const {secondaries} = JSON.parse(stdout) as {secondaries: unknown[]}
    expect(secondaries).toHaveLength(1)
    await debian.run('systemctl', 'start', 'pdist-resync@ns1.service')
    await debian.run('systemctl', 'start', 'pdist-resync@ns1.timer')
  })

  it('the daemons run as a user of their own, and see no secret but by systemd', async () => {
    for (const daemon of DAEMONS) {
      const {MainPID = ''} = await debian.unit(service(daemon))
      expect((await debian.run('stat', '-c', '%U', `/proc/${MainPID}`)).trim()).toBe('pdist')
      const shown = await debian.run('cat', `/proc/${MainPID}/environ`, `/proc/${MainPID}/cmdline`)
      for (const secret of secrets) expect(shown).not.toContain(secret)
    }
    const denied = await debian.try(
      'setpriv',
      '--reuid=pdist',
      '--clear-groups',
      'cat',
      '/etc/pdist/credentials/powerdns-key',
    )
    expect(denied.code).not.toBe(0)
    expect(denied.stderr).toContain('Permission denied')
    const journal = await debian.run('journalctl', '--no-pager', '-o', 'cat')
    expect(journal).toContain('daemon.started')
    for (const secret of secrets) expect(journal).not.toContain(secret)
  })

  it('a daemon that dies, and one that hangs, is started again', async () => {
    for (const [daemon, signal] of [
      ['zone-provider', 'KILL'],
      ['syncer', 'STOP'],
    ] as const) {
      const {MainPID: before = ''} = await debian.unit(service(daemon))
      await debian.run('systemctl', 'kill', '--kill-whom=main', `--signal=${signal}`, service(daemon))
      await eventually(async () => {
        const {MainPID, NRestarts} = await debian.unit(service(daemon))
        expect(Number(NRestarts)).toBeGreaterThan(0)
        expect([before, '0']).not.toContain(MainPID)
      })
      await atWork(daemon)
    }
    await proxy.createZone('second.example.')
    await served('second.example')
  })

  it('a start does not wait for ever for a broker that is away, and says so', async () => {
    await lab.part('nats').stop()
    await debian.run('systemctl', 'restart', service('syncer'))
    const {ActiveState, StatusText} = await debian.unit(service('syncer'))
    expect({ActiveState, StatusText}).toEqual({
      ActiveState: 'active',
      StatusText: expect.stringMatching(/^waiting for .*broker/),
    })
    await lab.part('nats').start()
    await atWork('syncer')
  })

  it('an upgrade starts what runs again, keeps the configuration, and loses no change', async () => {
    const pids = async () =>
      Promise.all(DAEMONS.map(async (daemon) => (await debian.unit(service(daemon))).MainPID))
    const before = await pids()
    mkdirSync(debian.path('root/next'))
    nextVersion(packages, debian.path('root/next'))
    const upgrading = debian.run('sh', '-c', 'dpkg --install --force-confold /root/next/*.deb')
    let over = false
    const finished = upgrading.finally(() => {
      over = true
    })
    // The proxy itself is started again meanwhile, and then answers nobody for a moment: eventually it takes every change.
    const zones: string[] = []
    for (let i = 0; !over || i < 3; i += 1) {
      zones.push(`during-${i}.example`)
      await eventually(() => proxy.createZone(`during-${i}.example.`))
    }
    await finished
    for (const daemon of DAEMONS) await atWork(daemon)
    const after = await pids()
    for (const [index, pid] of after.entries()) expect(pid).not.toBe(before[index])
    expect(readFileSync(debian.path('etc/pdist/primary.toml'), 'utf8')).toContain(lab.endpoints.nats.url)
    for (const zone of zones) await served(zone)
    expect((await debian.run('dpkg-query', '-W', 'pdist')).trim()).toMatch(/\+next$/)
  })

  it('what an administrator switched off stays off through an upgrade', async () => {
    await debian.run('systemctl', 'disable', '--now', service('health-checker'))
    await debian.run('sh', '-c', 'dpkg --install /root/next/*.deb')
    expect(await debian.unit(service('health-checker'))).toMatchObject({
      ActiveState: 'inactive',
      UnitFileState: 'disabled',
    })
  })

  it('removing a package stops its daemons, and keeps configuration and state', async () => {
    await debian.run('dpkg', '--remove', 'pdist-primary')
    expect(await debian.unit(service('zone-provider'))).toMatchObject({ActiveState: 'inactive'})
    expect(await debian.unit(service('syncer'))).toMatchObject({ActiveState: 'active'})
    await debian.run('dpkg', '--purge', 'pdist-primary')
    expect(existsSync(debian.path('etc/pdist/primary.toml'))).toBe(false)
    // The other role needs them.
    expect(existsSync(debian.path('etc/pdist/credentials/secondary-ns1.nkey'))).toBe(true)
    expect(statSync(debian.path('var/lib/pdist')).isDirectory()).toBe(true)
  })

  it('purging leaves nothing behind but the user', async () => {
    await debian.run('dpkg', '--purge', 'pdist-secondary', 'pdist')
    // An administrator made these.
    await debian.run('rm', '/etc/pdist/broker-ca.pem', '/etc/pdist/pdist.toml')
    await debian.run('rmdir', '/etc/pdist')
    await debian.run(
      'rm',
      '-r',
      '/root/debs',
      '/root/keys',
      '/root/next',
      '/etc/systemd/system/pdist-.service.d',
    )
    const left = execFileSync('find', [
      debian.root,
      '-xdev',
      '-name',
      '*pdist*',
      '-not',
      '-path',
      join(debian.root, 'proc/*'),
    ])
    const known = /\/(tmp|var\/tmp|run|sys|root\/\.cache|var\/lib\/systemd)\//
    const found = String(left)
      .trim()
      .split('\n')
      .map((path) => path.slice(debian.root.length))
    expect(found.filter((path) => path !== '' && !known.test(path))).toEqual([])
    expect(readFileSync(debian.path('etc/passwd'), 'utf8')).toMatch(/^pdist:/m)
  })
})
