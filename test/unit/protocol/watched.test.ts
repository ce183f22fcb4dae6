import { describe, expect, it } from 'vitest'
import { parseWatched } from '../../../src/protocol/watched.ts'

describe('parseWatched', () => {
  it('reads a look-up', () => {
    const line =
      'ts=1795513525.282995 gid=5 type=item_get key=foo%20bar status=found clsid=1 cfd=25 size=3'

    expect(parseWatched(line)).toEqual({
      type: 'item_get',
      at: 1_795_513_525.282995,
      id: 5,
      key: 'foo bar',
      hashed: false,
      status: 'found',
      slabClass: 1,
      connection: 25,
      sizeBytes: 3,
    })
  })

  it('reads microseconds that have no leading zeros', () => {
    const line =
      'ts=1795513529.73004 gid=35 type=conn_new rip=127.0.0.1 rport=1 transport=tcp cfd=2'

    expect(parseWatched(line)).toMatchObject({ at: 1_795_513_529.073004 })
  })

  it.each([
    ['100', 100],
    ['0', Infinity],
    ['4294966841', -455],
  ])('reads what was stored, with a ttl of %s', (ttl, read) => {
    const line = `ts=1.2 gid=22 type=item_store key=wa status=stored cmd=set ttl=${ttl} clsid=1 cfd=25 size=1`

    expect(parseWatched(line)).toMatchObject({
      type: 'item_store',
      key: 'wa',
      status: 'stored',
      command: 'set',
      ttl: read,
      connection: 25,
    })
  })

  it.each([
    ['1000', 1000],
    ['-1', Infinity],
  ])('reads an eviction, with a ttl of %s left', (ttl, read) => {
    const line = `ts=1795513741.850589 gid=2 type=eviction key=e%3A0 fetch=yes ttl=${ttl} la=7 clsid=5 size=2000`

    expect(parseWatched(line)).toEqual({
      type: 'eviction',
      at: 1_795_513_741.850589,
      id: 2,
      key: 'e:0',
      hashed: false,
      fetched: true,
      ttl: read,
      idle: 7,
      slabClass: 5,
      sizeBytes: 2000,
    })
  })

  it('reads a deletion of 1.6.20', () => {
    const line = 'ts=1.5 gid=9 type=deleted key=a cmd=md clsid=1 size=2'

    expect(parseWatched(line)).toMatchObject({ type: 'deleted', key: 'a', command: 'md' })
  })

  it('reads connections that come and go', () => {
    const start = 'ts=1.5 gid=31 type='

    expect(parseWatched(`${start}conn_new rip=::1 rport=44504 transport=tcp cfd=24`)).toMatchObject(
      { type: 'conn_new', address: '::1', port: 44_504, reason: undefined },
    )
    expect(
      parseWatched(`${start}conn_close rip=::1 rport=44486 transport=tcp reason=error cfd=24`),
    ).toMatchObject({ type: 'conn_close', reason: 'error', connection: 24 })
  })

  it.each(['skipped=57657', '[skipped: 57657]'])('counts what was skipped: %s', (line) => {
    expect(parseWatched(line)).toEqual({ type: 'skipped', count: 57_657 })
  })

  it('keeps whatever else comes as it is', () => {
    const line = 'ts=1.5 gid=3 type=proxy_req elapsed=5 type=105 code=17 status=0 __proto__=1'

    const event = parseWatched(line)

    expect(event).toMatchObject({ type: 'other', name: 'proxy_req', line })
    expect(event.type === 'other' && event.fields.get('elapsed')).toBe('5')
  })

  it.each([
    '',
    'ts=1.2 gid=1 type=item_get key=%zz status=found clsid=1 cfd=25 size=3',
    'ts=1 gid=1 type=item_get key=a status=found clsid=1 cfd=25 size=3',
    'ts=1.2 gid=1 type=item_store key=a status=stored',
    'ts=1.2 gid=1 type=eviction key=a',
    'ts=1.2 gid=1 type=deleted key=a clsid=1 size=2',
    'ts=1.2 gid=1 type=conn_new rip=1',
  ])('takes %j for something else', (line) => {
    expect(parseWatched(line).type).toBe('other')
  })
})
