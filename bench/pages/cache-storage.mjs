/** The least that is a `CacheStorage`, which Node has not: responses by URL, in this process. */
export class MemoryCacheStorage {
  #caches = new Map()

  async open(name) {
    let cache = this.#caches.get(name)
    if (cache === undefined) {
      cache = new MemoryCache()
      this.#caches.set(name, cache)
    }
    return cache
  }
}

class MemoryCache {
  #kept = new Map()

  async match(url) {
    const kept = this.#kept.get(url)
    return kept && new Response(kept.body, kept)
  }

  async put(url, response) {
    const { status, headers } = response
    this.#kept.set(url, { status, headers, body: await response.arrayBuffer() })
  }
}
