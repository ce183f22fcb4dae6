import { once } from 'node:events'
import { connect, Socket } from 'node:net'

/** Counts what a hit makes a server do, and this process: commands, and writes to sockets. */
export async function countHits(store, servers, run, hits) {
  const before = await commandsOf(store, servers)
  const writes = countWrites()
  const made = await run(hits)
  const written = writes.stop()
  // Redis counts the question as well.
  const asked = store === 'memcached' ? 0 : 1
  const commands = (await commandsOf(store, servers)) - before - asked
  return { writes: written / made, commands: commands / made }
}

// Through it goes every write that a socket makes, alone or corked.
function countWrites() {
  const { _writeGeneric } = Socket.prototype
  let count = 0
  Socket.prototype._writeGeneric = function (...args) {
    count++
    return _writeGeneric.apply(this, args)
  }
  return {
    stop: () => {
      Socket.prototype._writeGeneric = _writeGeneric
      return count
    },
  }
}

/** How many commands on items the server has run so far. */
async function commandsOf(store, [server]) {
  if (store === 'memcached') {
    const figures = await ask(server, 'stats\r\n', 'END\r\n')
    const names = ['cmd_get', 'cmd_set', 'cmd_touch', 'delete_hits', 'delete_misses']
    return names.reduce((sum, name) => sum + figure(figures, `STAT ${name} `), 0)
  }
  return figure(await ask(server, 'INFO stats\r\n', '\r\n\r\n'), 'total_commands_processed:')
}

async function ask(server, question, end) {
  const [host, port] = server.split(':')
  const socket = connect(Number(port), host)
  await once(socket, 'connect')
  socket.setEncoding('utf8').write(question)
  let answer = ''
  for await (const chunk of socket) {
    answer += chunk
    if (answer.includes(end)) break
  }
  return answer
}

function figure(figures, name) {
  const at = figures.indexOf(name)
  return at === -1 ? 0 : Number.parseInt(figures.slice(at + name.length), 10)
}
