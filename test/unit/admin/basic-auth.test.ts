import { beforeAll, describe, expect, it } from 'vitest'
import { createAdmin } from '../../../src/admin/admin.ts'
import { type BasicAuthOptions, basicAuth } from '../../../src/admin/basic-auth.ts'
import { hashPassword } from '../../../src/admin/password.ts'
import { createCaches } from '../../../src/caches.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'

let hash = ''
beforeAll(async () => {
  hash = await hashPassword('päss:wörd')
})

describe('basicAuth', () => {
  it('lets in who knows the password, and asks who does not', async () => {
    const ask = open({ users: { ada: hash } })

    const [right, wrong, unknown, nobody] = await Promise.all([
      ask('ada', 'päss:wörd'),
      ask('ada', 'password'),
      ask('eve', 'päss:wörd'),
      ask(),
    ])

    expect([right, wrong, unknown, nobody].map(({ status }) => status)).toEqual([
      200, 401, 401, 401,
    ])
    expect(nobody.headers.get('www-authenticate')).toBe('Basic realm="Cache", charset="UTF-8"')
    expect(nobody.headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  it('gives each user their permissions', async () => {
    const ask = open({ users: { ada: { hash, permissions: ['view', 'delete'] } } })

    const session = await (await ask('ada', 'päss:wörd')).json()

    expect(session).toMatchObject({ user: 'ada', permissions: ['view', 'delete'] })
  })

  it('refuses an address after too many wrong passwords, for a minute', async () => {
    const clock = new FakeClock()
    const ask = open({ users: { ada: hash }, maxFailures: 2, clock })
    const statuses: number[] = []
    for (const password of ['a', 'b', 'päss:wörd'])
      statuses.push((await ask('ada', password)).status)
    const elsewhere = await ask('ada', 'päss:wörd', '10.0.0.2')
    clock.advance(60)
    const later = await ask('ada', 'päss:wörd')

    expect(statuses).toEqual([401, 401, 429])
    expect([elsewhere.status, later.status]).toEqual([200, 200])
  })

  it('lets no more try at once than may fail', async () => {
    const ask = open({ users: { ada: hash }, maxFailures: 3 })

    const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => ask('ada', `wrong${i}`)))

    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 429, 429, 429])
  })

  it('does not count what was right', async () => {
    const ask = open({ users: { ada: hash }, maxFailures: 1 })

    for (let i = 0; i < 3; i++) expect((await ask('ada', 'päss:wörd')).status).toBe(200)
  })

  it.each([
    [{ users: {} }],
    [{ users: { ada: 'plain text' } }],
    [{ users: { 'a:b': `scrypt$15$8$3$${'A'.repeat(22)}$${'A'.repeat(43)}` } }],
    [{ users: { ada: `scrypt$30$8$3$${'A'.repeat(22)}$${'A'.repeat(43)}` } }],
    [{ users: { ada: `scrypt$15$8$3$${'A'.repeat(22)}$${'A'.repeat(43)}` }, maxFailures: 0 }],
    [{ users: { ada: `scrypt$15$8$3$${'A'.repeat(22)}$${'A'.repeat(43)}` }, realm: 'a"b' }],
  ])('refuses %j', (options) => {
    expect(() => basicAuth(options)).toThrow(/`(?:users|maxFailures|realm)` is/)
  })

  it('does not repeat what may be a password', () => {
    expect(() => basicAuth({ users: { ada: 'hunter2' } })).toThrow(/^(?!.*hunter2)/)
  })
})

describe('hashPassword', () => {
  it('makes another hash of the same password each time', async () => {
    expect(await hashPassword('a')).not.toBe(await hashPassword('a'))
    expect(hash).toMatch(/^scrypt\$15\$8\$3\$[\w-]{22}\$[\w-]{43}$/)
  })

  it('refuses an empty one', async () => {
    await expect(hashPassword('')).rejects.toThrow('must not be empty')
  })
})

function open(options: BasicAuthOptions) {
  const caches = createCaches({ default: 'memory://' })
  const admin = createAdmin(caches, { authorize: basicAuth(options), env: {} })
  return (name?: string, password = '', remoteAddress = '10.0.0.1'): Promise<Response> => {
    const credentials = Buffer.from(`${name}:${password}`).toString('base64')
    const headers = new Headers(name === undefined ? {} : { authorization: `Basic ${credentials}` })
    return admin.fetch(new Request('http://shop.example/api/session', { headers }), {
      remoteAddress,
    })
  }
}
