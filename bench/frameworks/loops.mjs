/** A function that makes `count` hits, or a few more, and resolves to how many it made. */
export function loops(cache, { verb, concurrency }, material) {
  const [tags] = material.tags
  const loop = tags === undefined ? LOOPS[verb] : LOOPS.getOrSetTagged
  return async (count) => {
    const turns = Math.ceil(count / concurrency)
    const lanes = Array.from({ length: concurrency }, (_, lane) =>
      loop(cache, material, lane, concurrency, turns),
    )
    await Promise.all(lanes)
    return turns * concurrency
  }
}

/**
 * One caller: `turns` hits, each awaited. The framework's promise is awaited here, with no function of
 * the bench's between; something of each value is compared, so that nobody is fast by missing.
 */
const LOOPS = {
  async get(cache, { keys, isRight }, lane, step, turns) {
    for (let i = 0; i < turns; i++) {
      const at = (lane + i * step) % keys.length
      if (!isRight(await cache.get(keys[at]), at)) throw new Error('A wrong value was returned.')
    }
  },

  async getOrSet(cache, { keys, isRight }, lane, step, turns) {
    for (let i = 0; i < turns; i++) {
      const at = (lane + i * step) % keys.length
      const value = await cache.getOrSet(keys[at], missed)
      if (!isRight(value, at)) throw new Error('A wrong value was returned.')
    }
  },

  async getOrSetTagged(cache, { keys, tags, isRight }, lane, step, turns) {
    for (let i = 0; i < turns; i++) {
      const at = (lane + i * step) % keys.length
      const value = await cache.getOrSetTagged(keys[at], missed, tags[at])
      if (!isRight(value, at)) throw new Error('A wrong value was returned.')
    }
  },
}

/** The computation of a hit. */
export function missed() {
  throw new Error('A hit was a miss: it computed.')
}
