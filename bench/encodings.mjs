// What it costs to turn values into bytes and back, in which form, and what each form loses.
//
//   npm run build && node bench/encodings.mjs               encode, decode, bytes; about a minute
//   npm run build && node bench/encodings.mjs --lossless    what comes back as what it was
//   npm run build && node bench/encodings.mjs --copy        copies within the process
//   npm run build && node bench/encodings.mjs --compress    compression, on this thread and on the pool's
//
// Runs against `dist`, because that is what ships. A row is held to give back what it took before
// it is timed, as far as it can: what it loses is in the second table. Medians of rounds that take
// turns, in one process, so that every row sees the same machine.
import { printCompression } from './encodings/compression.mjs'
import { printCopies } from './encodings/copies.mjs'
import { printCosts } from './encodings/costs.mjs'
import { printLosses } from './encodings/losses.mjs'
import { installPeers } from './runner/install.mjs'

installPeers()
console.log(`Node ${process.version}`)
const [mode = '--costs'] = process.argv.slice(2)
if (mode === '--costs') await printCosts()
else if (mode === '--lossless') await printLosses()
else if (mode === '--copy') await printCopies()
else if (mode === '--compress') await printCompression()
else {
  console.error('There are --lossless, --copy and --compress.')
  process.exitCode = 1
}
