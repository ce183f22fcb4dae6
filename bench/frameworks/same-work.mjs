import assert from 'node:assert/strict'
import { missed } from './loops.mjs'

const AT_ONCE = 128

/** Stores everything and makes sure that this one does what the others do. Throws where not. */
export async function checkSameWork(cache, { kind }, { isolation }, material) {
  const { keys, makeValue, tags } = material
  for (let start = 0; start < keys.length; start += AT_ONCE) {
    const batch = keys.slice(start, start + AT_ONCE)
    await Promise.all(
      batch.map((key, i) => seed(cache, key, makeValue(start + i), tags[start + i])),
    )
  }
  for (let i = 0; i < keys.length; i += 97) {
    assert.deepEqual(await hit(cache, keys[i], tags[i]), makeValue(i))
    assert.deepEqual(await cache.get(keys[i]), makeValue(i))
  }
  if (kind !== 'text') await ISOLATION[isolation](cache, `${keys[0]}:isolated`, makeValue)
  if (tags[0] !== undefined) await checkTags(cache, keys[0], makeValue(0), tags[0])
}

/** Fills by the way that is measured, and sees that a cold key computes, and once. */
async function seed(cache, key, value, tags) {
  if (tags !== undefined && cache.setTagged) return cache.setTagged(key, value, tags)
  let computations = 0
  const compute = async () => {
    computations++
    return value
  }
  const got = await (tags === undefined
    ? cache.getOrSet(key, compute)
    : cache.getOrSetTagged(key, compute, tags))
  assert.deepEqual(got, value)
  assert.equal(computations, 1)
}

function hit(cache, key, tags) {
  return tags === undefined ? cache.getOrSet(key, missed) : cache.getOrSetTagged(key, missed, tags)
}

const ISOLATION = {
  /** What is done to a value that was given, or got, is not seen by who reads next. */
  async copies(cache, key, makeValue) {
    const given = makeValue(1)
    await cache.set(key, given)
    deface(given)
    const computed = makeValue(1)
    await cache.getOrSet(`${key}:computed`, async () => computed)
    deface(computed)
    await checkReads(cache, key, makeValue)
    await checkReads(cache, `${key}:computed`, makeValue)
  },

  /** The same of what was got alone: what was given is kept itself. */
  async copiesOut(cache, key, makeValue) {
    await cache.set(key, makeValue(1))
    await checkReads(cache, key, makeValue)
  },

  async shared(cache, key, makeValue) {
    await cache.set(key, makeValue(1))
    assert.equal(await cache.get(key), await cache.getOrSet(key, missed))
  },

  /** Nobody gets a copy, and nobody can change what all get. */
  async frozen(cache, key, makeValue) {
    await this.shared(cache, key, makeValue)
    const value = await cache.get(key)
    assert.throws(() => deface(value), TypeError)
    assert.throws(() => value.colours.push('red'), TypeError)
    assert.deepEqual(await cache.get(key), makeValue(1))
  },
}

async function checkReads(cache, key, makeValue) {
  deface(await cache.get(key))
  deface(await cache.getOrSet(key, missed))
  assert.deepEqual(await cache.get(key), makeValue(1))
  assert.deepEqual(await cache.getOrSet(key, missed), makeValue(1))
}

function deface(value) {
  value.name = 'defaced'
  value.colours.push('red')
}

/** A tag that was invalidated must make its entries computed anew. */
async function checkTags(cache, key, value, tags) {
  const extra = [...tags, `${key}:extra`]
  await seed(cache, `${key}:tagged`, value, extra)
  assert.deepEqual(await hit(cache, `${key}:tagged`, extra), value)
  await cache.invalidateTag(`${key}:extra`)
  let computations = 0
  await cache.getOrSetTagged(`${key}:tagged`, () => ++computations && value, extra)
  assert.equal(computations, 1, 'An entry whose tag was invalidated is a hit.')
}
