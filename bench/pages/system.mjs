// The servers that are no process of Node, in a folder of this run's own, on loopback.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { installPackages, isInstalled, mayInstallPackages } from '../runner/install.mjs'
import { start } from '../runner/servers.mjs'
import { HTML, PATH } from './page.mjs'

// Debian's own Python: another one first on the path does not see Debian's packages.
const PYTHON = '/usr/bin/python3'
const SITE = fileURLToPath(new URL('django_site.py', import.meta.url))

const PROGRAMS = {
  nginx: {
    packages: ['nginx'],
    isThere: () => isInstalled('nginx'),
    version: () => `nginx ${said('nginx', '-v').match(/nginx\/(\S+)/)?.[1]}`,
  },
  django: {
    packages: ['python3-django', 'python3-pymemcache', 'gunicorn'],
    isThere: () => isInstalled('gunicorn') && imports('django, pymemcache, gunicorn') !== undefined,
    version: () => {
      const versions = 'django.__version__, pymemcache.__version__, gunicorn.__version__'
      const [django, pymemcache, gunicorn] = imports('django, pymemcache, gunicorn', versions)
      return `Django ${django} (pymemcache ${pymemcache}, gunicorn ${gunicorn})`
    },
  },
}

/** Those of `rows` whose programs are there, or can be installed; of the others it says so. */
export function withPrograms(rows) {
  return rows.filter(({ needs, title }) => {
    if (needs === undefined) return true
    const { isThere, packages } = PROGRAMS[needs]
    if (isThere()) return true
    if (mayInstallPackages() && installPackages(packages) && isThere()) return true
    console.error(`Left out: ${title}. It needs ${packages.join(', ')}, and root to install them.`)
    return false
  })
}

/** What these rows run on, for the head of a report. */
export function versionsOf(rows) {
  return rows.flatMap(({ needs }) => (needs === undefined ? [] : [PROGRAMS[needs].version()]))
}

/** Starts the server of a row, on `core`; `folder` is for what it writes. */
export function startSystemServer({ id }, { core, folder, memcached, text }) {
  const onCore = ['-c', `${core}`]
  const greeting = `GET /greeting HTTP/1.0\r\n\r\n`
  if (id === 'nginx') {
    return start('taskset', greeting, (port) => {
      const file = join(folder, 'nginx.conf')
      writeFileSync(file, nginxConfiguration(port, folder, memcached))
      return [...onCore, 'nginx', '-p', folder, '-c', file, '-e', join(folder, 'nginx.log')]
    })
  }
  const page = join(folder, 'page.html')
  writeFileSync(page, text)
  return start('taskset', greeting, (port) => [
    ...[...onCore, 'gunicorn', '--bind', `127.0.0.1:${port}`, '--chdir', fileURLToPath(HERE)],
    ...['--worker-class', 'gthread', '--workers', '1', '--threads', '1', '--keep-alive', '60'],
    // Its heartbeat is a file, and /tmp may be a disk.
    ...['--worker-tmp-dir', '/dev/shm', '--log-level', 'error', '--env', `PAGE=${page}`],
    ...['--env', `MEMCACHED=${memcached}`, '--env', 'PYTHONDONTWRITEBYTECODE=1'],
    ...['--env', `PAGE_PATH=${PATH.slice(1)}`, 'django_site:application'],
  ])
}

/** Puts the page where nginx looks for it. */
export async function fillForNginx({ dist, memcached, text }) {
  const { MemcachedClient } = await import(pathToFileURL(`${dist}/client/index.js`).href)
  const client = new MemcachedClient(memcached)
  await client.set(PATH, text, { ttl: 3600 })
  await client.close()
}

const HERE = new URL('.', pathToFileURL(SITE))

function nginxConfiguration(port, folder, memcached) {
  const [type] = HTML.split(';')
  return `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 1024; }
http {
  access_log off;
  server_tokens off;
  default_type ${type};
  charset utf-8;
  keepalive_requests 1000000;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  upstream memcached { server ${memcached}; keepalive 64; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      set $memcached_key $uri;
      # The page in one read.
      memcached_buffer_size 32k;
      memcached_pass memcached;
    }
  }
}
`
}

function imports(modules, print = '0') {
  const script = `import ${modules}, json; print(json.dumps((${print},)))`
  const { status, stdout } = spawnSync(PYTHON, ['-c', script], { encoding: 'utf8' })
  return status === 0 ? JSON.parse(stdout) : undefined
}

function said(command, ...args) {
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  return `${stdout}${stderr}`
}
