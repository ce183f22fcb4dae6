/** The keys, values and tags of a workload, the same for everybody. `prefix` keeps them apart. */
export function materialOf({ keys, bytes, kind }, { tags }, prefix) {
  const numbers = Array.from({ length: keys }, (_, i) => i)
  const makeValue = kind === 'text' ? textOf : productOf
  return {
    keys: numbers.map((i) => `${prefix}:product:${i}`),
    makeValue: (i) => makeValue(i, bytes),
    isRight: kind === 'text' ? (value) => value?.length === bytes : (value, i) => value?.id === i,
    tags: numbers.map((i) => tagsOf(i, tags)),
  }
}

/** What a catalogue might hold, of exactly `bytes` as JSON. */
export function productOf(id, bytes) {
  const product = {
    id,
    sku: `SKU-${id}`,
    name: `Garden chair ${id}`,
    price: 129.5,
    inStock: true,
    colours: ['oak', 'walnut'],
    updatedAt: '2026-11-24T10:00:00.000Z',
    notes: '',
  }
  const room = bytes - JSON.stringify(product).length
  return { ...product, notes: 'Weatherproof. '.repeat(bytes).slice(0, room) }
}

function textOf(id, bytes) {
  return `product ${id};`.repeat(bytes).slice(0, bytes)
}

function tagsOf(i, tags) {
  if (tags === 'shared') return ['products', 'shop-1', 'lang-en']
  return tags === 'own' ? [`product-${i}`, `stock-${i}`, `price-${i}`] : undefined
}
