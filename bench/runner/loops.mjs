import assert from 'node:assert/strict'

/** Stores every entry and reads it back in the ways that the workload will. */
export async function checkValues(client, { verb }, entries) {
  for (const [key, value] of entries) await client.set(key, value)
  for (const [key, value] of entries) {
    assert.equal(String(client.value(await client.get(key))), value)
  }
  if (verb !== 'many') return
  const keys = [...entries.keys()]
  const reply = await client.getMany(keys)
  for (const [key, value] of entries) assert.equal(String(client.value(reply, key, keys)), value)
}

/** A function that does `count` operations, or a few more, and resolves to how many it did. */
export function loops(client, workload, entries) {
  const { concurrency, verb } = workload
  const material = { ...workload, keys: [...entries.keys()], values: [...entries.values()] }
  return async (count) => {
    const turns = Math.ceil(count / concurrency)
    const lanes = Array.from({ length: concurrency }, (_, lane) =>
      LOOPS[verb](client, material, lane, turns),
    )
    await Promise.all(lanes)
    return turns * concurrency
  }
}

/**
 * One caller: `turns` operations, each awaited. The client's promise is awaited here, with no function
 * of the bench's between; lengths are compared, so that no client is fast by missing.
 */
const LOOPS = {
  async get(client, { keys, concurrency, bytes }, lane, turns) {
    for (let i = 0; i < turns; i++) {
      const reply = await client.get(keys[(lane + i * concurrency) % keys.length])
      if (client.value(reply)?.length !== bytes) throw new Error('A wrong value was returned.')
    }
  },

  async text(client, { keys, concurrency, bytes }, lane, turns) {
    for (let i = 0; i < turns; i++) {
      const reply = await client.get(keys[(lane + i * concurrency) % keys.length])
      const text = client.value(reply).toString()
      if (text.length !== bytes) throw new Error('A wrong value was returned.')
    }
  },

  async set(client, { keys, values, concurrency }, lane, turns) {
    for (let i = 0; i < turns; i++) {
      const at = (lane + i * concurrency) % keys.length
      if (!(await client.set(keys[at], values[at]))) throw new Error('A set was refused.')
    }
  },

  async mix(client, { keys, values, concurrency, bytes }, lane, turns) {
    for (let i = 0; i < turns; i++) {
      const at = (lane + i * concurrency) % keys.length
      // Not all callers write at once.
      if ((i + lane) % 10 === 9) {
        await client.set(keys[at], values[at])
      } else if (client.value(await client.get(keys[at]))?.length !== bytes) {
        throw new Error('A wrong value was returned.')
      }
    }
  },

  async many(client, { keys, keysPerCall, bytes }, lane, turns) {
    const start = (lane * keysPerCall) % keys.length
    const mine = keys.slice(start, start + keysPerCall)
    for (let i = 0; i < turns; i++) {
      const reply = await client.getMany(mine)
      if (client.value(reply, mine[0], mine)?.length !== bytes) {
        throw new Error('A wrong value was returned.')
      }
    }
  },
}
