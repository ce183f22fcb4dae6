import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { PATH, renderPage } from './page.mjs'

const PAGE = renderPage()
// What is stored after the answer, is stored by then.
const STORED_MS = 100

/** Proves that a row sends the page, and that it is the kind of page that its row says. */
export async function checkBefore(member) {
  await member.renders(await ask(member))
  await sleep(STORED_MS)
  const before = await member.renders(await ask(member))
  for (let i = 0; i < 3; i++) await ask(member)
  const last = await ask(member)
  const after = await member.renders(last)
  const { kind, name } = member.row
  if (kind === 'rendered') assert.equal(after, before + 4, `${name} renders for each request`)
  else assert.equal(after, before, `${name} renders although it should not`)
  assert.equal(after > 0, kind !== 'constant', `${name} has rendered ${after} times`)
  member.before = after
  member.isChunked = last.isChunked
}

/** Proves that all that was measured were hits, where it says so. */
export async function checkAfter(member) {
  const { kind, name } = member.row
  const after = await member.renders(await ask(member))
  if (kind !== 'rendered') assert.equal(after, member.before, `${name} rendered meanwhile`)
}

async function ask({ port, row }) {
  const headers = { Accept: 'text/html', 'Accept-Language': 'en-GB,en;q=0.5' }
  const [response] = await once(
    get({ host: '127.0.0.1', port, path: PATH, agent: false, headers }),
    'response',
  )
  const body = await buffer(response)
  assert.equal(response.statusCode, 200, `${row.name} answers with a 200`)
  assert.equal(response.headers['content-type']?.toLowerCase(), 'text/html; charset=utf-8')
  assert.ok(body.equals(Buffer.from(PAGE)), `${row.name} sends another page`)
  const { 'x-renders': renders, 'content-length': length } = response.headers
  return { renders: Number(renders ?? 0), isChunked: length === undefined }
}
