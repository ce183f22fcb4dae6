// Completes the footer: a page from the cache holds the figures of the request that rendered it,
// and this says what it cost to hand it to you, from the Server-Timing header of this response.
const [navigation] = performance.getEntriesByType('navigation')
const figures = new Map(navigation?.serverTiming.map((entry) => [entry.name, entry]))
const cache = figures.get('cache')?.description

if (cache !== undefined) {
  const queries = Number(figures.get('sql').description)
  const parts = [
    outcome(cache),
    `${queries} SQL ${queries === 1 ? 'query' : 'queries'}`,
    `${figures.get('total').duration.toFixed(1)} ms`,
  ]
  const delivery = document.getElementById('delivery')
  delivery.textContent = `Handed to you: ${parts.join(', ')}.`
  delivery.dataset.cache = cache
}

function outcome(cache) {
  if (cache === 'hit') {
    const age = Number(figures.get('age').description)
    return age === 0 ? 'cache hit' : `cache hit, ${age} s old`
  }
  return cache === 'off' ? 'not from the page cache' : 'cache miss'
}
