import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { microseconds, shown } from './rounds.mjs'
import { VALUES } from './values.mjs'

const { BROTLI_PARAM_QUALITY, ZSTD_c_compressionLevel } = zlib.constants
const brotli = (quality) => ({ params: { [BROTLI_PARAM_QUALITY]: quality } })
const zstd = (level) => ({ params: { [ZSTD_c_compressionLevel]: level } })

const ALGORITHMS = {
  'brotli 1': ['brotliCompress', 'brotliDecompress', brotli(1)],
  'brotli 4': ['brotliCompress', 'brotliDecompress', brotli(4)],
  'deflate 1': ['deflate', 'inflate', { level: 1 }],
  'deflate 6': ['deflate', 'inflate', { level: 6 }],
  ...(zlib.zstdCompressSync !== undefined && {
    'zstd 3': ['zstdCompress', 'zstdDecompress', zstd(3)],
  }),
}

/** Compression of JSON at 1 KB to 1 MB, beside what JSON itself costs for the same value. */
export async function printCompression() {
  const rows = VALUES['1 MB of rows']
  for (const count of [2, 20, 200, 2150]) {
    const value = rows.slice(0, count)
    const text = JSON.stringify(value)
    const bytes = Buffer.from(text)
    const json = await microseconds([
      ['stringify', () => JSON.stringify(value)],
      ['parse', () => JSON.parse(text)],
    ])
    console.log(
      `\n${bytes.length} bytes; JSON: encode ${shown(json.get('stringify'))} µs, decode ${shown(json.get('parse'))} µs\n`,
    )
    console.log('| algorithm | share | encode µs | on the pool | decode µs | on the pool |')
    console.log('| --- | ---: | ---: | ---: | ---: | ---: |')
    for (const [name, [compress, decompress, options]] of Object.entries(ALGORITHMS)) {
      const packed = zlib[`${compress}Sync`](bytes, options)
      const [compressAsync, decompressAsync] = [
        promisify(zlib[compress]),
        promisify(zlib[decompress]),
      ]
      const figures = await microseconds([
        ['encode', () => zlib[`${compress}Sync`](bytes, options)],
        ['encode, pool', () => compressAsync(bytes, options)],
        ['decode', () => zlib[`${decompress}Sync`](packed)],
        ['decode, pool', () => decompressAsync(packed)],
      ])
      const share = (packed.length / bytes.length).toFixed(3)
      console.log(`| ${name} | ${share} | ${[...figures.values()].map(shown).join(' | ')} |`)
    }
  }
}
