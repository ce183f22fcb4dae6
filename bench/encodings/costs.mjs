import { isDeepStrictEqual } from 'node:util'
import { PEERS } from './peers.mjs'
import { microseconds, shown } from './rounds.mjs'
import { VALUES } from './values.mjs'

/** CPU µs and bytes of every form for every value, and its ratio to plain JSON. */
export async function printCosts() {
  for (const [title, value] of Object.entries(VALUES)) {
    const encoded = new Map()
    for (const [name, { encode, decode }] of Object.entries(PEERS)) {
      const form = attempt(() => encode(value))
      if (form === undefined) continue
      encoded.set(name, {
        form,
        isKept: isDeepStrictEqual(
          attempt(() => decode(form)),
          value,
        ),
      })
    }
    const names = [...encoded.keys()]
    const encodes = await microseconds(names.map((name) => [name, () => PEERS[name].encode(value)]))
    const decodes = await microseconds(
      names.map((name) => [name, () => PEERS[name].decode(encoded.get(name).form)]),
    )
    console.log(`\n${title}\n`)
    console.log('| form | encode µs | decode µs | bytes | comes back |')
    console.log('| --- | ---: | ---: | ---: | --- |')
    // Where JSON cannot write the value at all there is nothing to compare with.
    const ratio = (figures, name) =>
      figures.has('JSON') ? ` (${(figures.get(name) / figures.get('JSON')).toFixed(2)})` : ''
    for (const name of names) {
      const { form, isKept } = encoded.get(name)
      const costs = [encodes, decodes].map((all) => `${shown(all.get(name))}${ratio(all, name)}`)
      console.log(
        `| ${name} | ${costs.join(' | ')} | ${form.bytes.length} | ${isKept ? 'the same' : 'changed'} |`,
      )
    }
    const missing = Object.keys(PEERS).filter((name) => !encoded.has(name))
    if (missing.length > 0) console.log(`\nThrows: ${missing.join(', ')}`)
  }
}

function attempt(run) {
  try {
    return run()
  } catch {
    return undefined
  }
}
