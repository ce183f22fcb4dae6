import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** What was measured on what, for the head of a report. */
export function describeSetting({ node, dist, usesRedis }, folder = '..') {
  const manifest = JSON.parse(readFileSync(new URL(`${folder}/package.json`, import.meta.url)))
  return {
    node: output(node, '--version'),
    dist,
    memcached: output('memcached', '-V').replace('memcached ', ''),
    ...(usesRedis && { redis: output('redis-server', '--version').match(/v=(\S+)/)?.[1] }),
    cpu: `${cpus().length} × ${cpus()[0]?.model}`,
    clients: manifest.dependencies,
  }
}

function output(command, ...args) {
  return execFileSync(command, args, { encoding: 'utf8' }).trim()
}
