import {execFileSync} from 'node:child_process'
import {
  chmodSync,
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
import {Debian, type Suite} from '../support/packages/debian.js'

const packages = inject('packages')
const DAEMONS = ['api-proxy', 'zone-provider', 'health-checker', 'syncer']
const HOST = '127.0.0.1'

describe.each(['bookworm', 'trixie'] as const)('on Debian %s', (suite: Suite) => {
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

  /** Replaces values in an installed configuration, as an administrator does. */
  function edit(file: string, values: Record<string, string>): void {
    let text = readFileSync(debian.path(file), 'utf8')
    for (const [key, value] of Object.entries(values)) {
      const line = new RegExp(`^${key} = .*$`, 'm')
      if (!line.test(text)) throw new Error(`${file} has no ${key}`)
      text = text.replace(line, `${key} = ${value}`)
    }
    writeFileSync(debian.path(file), text)
  }

  function credential(name: string, secret: string): void {
    const file = debian.path(`etc/pdist/credentials/${name}`)
    writeFileSync(file, `${secret.trim()}\n`)
    chmodSync(file, 0o600)
    secrets.push(secret.trim())
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

  it('is configured by the documented steps', async () => {
    const {nats, primary, secondaries} = lab.endpoints
    const [secondary] = secondaries
    if (!secondary) throw new Error('the lab has no secondary')
    const keys = join(lab.endpoints.dir, 'broker')
    copyFileSync(join(keys, 'ca.pem'), debian.path('etc/pdist/broker-ca.pem'))
    credential('broker.nkey', readFileSync(join(keys, 'primary.nkey'), 'utf8'))
    credential('powerdns-key', primary.apiKey)
    // Only here both roles are on one machine.
    credential('secondary.nkey', readFileSync(join(keys, 'secondary-ns1.nkey'), 'utf8'))
    credential('secondary-key', secondary.apiKey)
    const servers = `["${nats.url}"]`
    const addressOf = ({host, port}: {host: string; port: number}) => `"${host}:${port}"`
    edit('etc/pdist/primary.toml', {
      servers,
      api_url: `"${primary.apiUrl}"`,
      dns: addressOf(primary.dns),
      listen: `["${HOST}:${proxyPort}"]`,
    })
    edit('etc/pdist/secondary.toml', {
      servers,
      nkey_file: '"/etc/pdist/credentials/secondary.nkey"',
      api_url: `"${secondary.apiUrl}"`,
      api_key_file: '"/etc/pdist/credentials/secondary-key"',
      dns: addressOf(secondary.dns),
      listen: `["${HOST}:${await new PortPicker(HOST).next()}"]`,
    })
    const free = '[Service]\nEnvironment=PDIST_METRICS_LISTEN=127.0.0.1:0\n'
    mkdirSync(debian.path('etc/systemd/system/pdist-.service.d'), {recursive: true})
    writeFileSync(debian.path('etc/systemd/system/pdist-.service.d/test.conf'), `${free}WatchdogSec=3s\n`)
    await debian.run('systemctl', 'daemon-reload')
    await debian.run('pdist', 'config', 'check', '--role', 'zone-provider')
    credential('operator.nkey', readFileSync(join(keys, 'operator.nkey'), 'utf8'))
    const operator =
      'umask 077; sed s/broker.nkey/operator.nkey/ /etc/pdist/primary.toml >/etc/pdist/pdist.toml'
    await debian.run('sh', '-c', operator)
    await debian.run('pdist', 'config', 'check', '--role', 'syncer', '--config', '/etc/pdist/secondary.toml')
  })

  it('starts, and a change made through the proxy is served', async () => {
    await debian.run('systemctl', 'enable', '--now', 'pdist-primary.target', 'pdist-secondary.target')
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
    expect(existsSync(debian.path('etc/pdist/credentials/broker.nkey'))).toBe(true)
    expect(statSync(debian.path('var/lib/pdist')).isDirectory()).toBe(true)
  })

  it('purging leaves nothing behind but the user', async () => {
    await debian.run('dpkg', '--purge', 'pdist-secondary', 'pdist')
    // An administrator made these.
    await debian.run('rm', '/etc/pdist/broker-ca.pem', '/etc/pdist/pdist.toml')
    await debian.run('rmdir', '/etc/pdist')
    await debian.run('rm', '-r', '/root/debs', '/root/next', '/etc/systemd/system/pdist-.service.d')
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
