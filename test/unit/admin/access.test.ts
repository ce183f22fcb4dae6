import { describe, expect, it } from 'vitest'
import {
  type AccessRules,
  type AdminContext,
  type Authorize,
  admit,
} from '../../../src/admin/access.ts'

const LOCAL = { remoteAddress: '127.0.0.1' }

describe('refusal without authorize', () => {
  it.each([undefined, '', 'development', 'test', 'staging'])(
    'lets a browser on the same machine in where NODE_ENV is %j',
    async (NODE_ENV) => {
      expect(
        await refusal({ authorize: undefined, env: { NODE_ENV } }, asked(), LOCAL),
      ).toBeUndefined()
    },
  )

  it.each(['production', 'Production', ' production '])(
    'refuses everybody where NODE_ENV is %j, and says what to set',
    async (NODE_ENV) => {
      const refused = await refusal({ authorize: undefined, env: { NODE_ENV } }, asked(), LOCAL)

      expect(refused).toContain('Pass `authorize` to createAdmin')
    },
  )

  it.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1', '::FFFF:127.0.0.1'])(
    'takes the peer %s for this machine',
    async (remoteAddress) => {
      expect(await inDevelopment(asked(), { remoteAddress })).toBeUndefined()
    },
  )

  it.each([
    '10.0.0.9',
    '192.168.1.2',
    '::ffff:10.0.0.9',
    'fe80::1',
    '::2',
    '128.0.0.1',
    '127.0.0.1.evil.example',
    '1127.0.0.1',
    '0.0.0.0',
    '',
    undefined,
  ])('refuses the peer %s', async (remoteAddress) => {
    expect(await inDevelopment(asked(), { remoteAddress })).toContain('own machine')
  })

  it.each([
    'localhost',
    'localhost:3000',
    'LOCALHOST',
    'app.localhost:80',
    '127.0.0.1:3000',
    '[::1]:3000',
    '[::1]',
  ])('takes the host %s for this machine', async (host) => {
    expect(await inDevelopment(asked({ host }), LOCAL)).toBeUndefined()
  })

  it.each([
    'evil.example',
    'evil.example:3000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil-localhost',
    'localhost, evil.example',
    '[::2]:3000',
    '10.0.0.9:3000',
    '',
  ])('refuses the host %j, which may be a foreign name for this machine', async (host) => {
    expect(await inDevelopment(asked({ host }), LOCAL)).toContain('own machine')
  })

  it('asks the URL where the request has no host header', async () => {
    expect(await inDevelopment(new Request('http://evil.example/'), LOCAL)).toContain('own machine')
    expect(await inDevelopment(new Request('http://localhost/'), LOCAL)).toBeUndefined()
  })

  it.each([
    ['x-forwarded-for', '127.0.0.1'],
    ['x-forwarded-host', 'localhost'],
    ['x-real-ip', '127.0.0.1'],
    ['forwarded', 'for=127.0.0.1'],
    ['via', '1.1 proxy'],
  ])('refuses what a proxy passed on, whatever %s says', async (name, value) => {
    expect(await inDevelopment(asked({ [name]: value }), LOCAL)).toContain('own machine')
  })

  it('does not take a forwarded address for the peer', async () => {
    const request = asked({ 'x-forwarded-for': '127.0.0.1' })

    expect(await inDevelopment(request, { remoteAddress: '10.0.0.9' })).toContain('own machine')
  })
})

describe('refusal with authorize', () => {
  it.each(['alice', { name: 'alice' }, Promise.resolve('alice')])(
    'lets in whom it names, from anywhere, in production: %j',
    async (actor) => {
      expect(await inProduction(() => actor)).toBeUndefined()
    },
  )

  it.each([
    false,
    true,
    undefined,
    null,
    '',
    0,
    1,
    {},
    { name: '' },
    { name: 7 },
    { error: 'no' },
    [],
  ])('refuses where it answers %j', async (answer) => {
    expect(await inProduction((() => answer) as Authorize)).toBe('Not allowed.')
  })

  it('refuses where it throws', async () => {
    const refused = await inProduction(() => {
      throw new Error('the session store is down')
    })

    expect(refused).toBe('Not allowed.')
  })

  it('refuses where it rejects', async () => {
    expect(await inProduction(() => Promise.reject(new Error('no')))).toBe('Not allowed.')
  })

  it.each([
    ['all, where it lists none', { name: 'alice' }, 7],
    ['those that it lists', { name: 'alice', permissions: ['view', 'delete'] }, 2],
    ['none that there is not', { name: 'alice', permissions: ['view', 'everything'] }, 1],
  ])('gives the permissions: %s', async (_, user, count) => {
    const authorize = (() => user) as Authorize
    const admission = await admit({ authorize, env: {} }, asked(), LOCAL)

    expect(admission).toMatchObject({ kind: 'user', user: { name: 'alice' } })
    expect(admission.kind === 'user' && admission.user.permissions.length).toBe(count)
  })

  it.each([[[]], [['values']], ['view'], [null], [{ view: true }]])(
    'refuses who may not look: %j',
    async (permissions) => {
      const user = { name: 'alice', permissions }

      expect(await inProduction((() => user) as unknown as Authorize)).toBe('Not allowed.')
    },
  )

  it('gives back the answer that it wants to be sent', async () => {
    const login = new Response(null, { status: 302, headers: { location: '/login' } })
    const admission = await admit({ authorize: () => login, env: {} }, asked(), LOCAL)

    expect(admission).toEqual({ kind: 'instead', response: login })
  })

  it('asks it on this machine too', async () => {
    const rules = { authorize: () => false as const, env: {} }

    expect(await refusal(rules, asked(), LOCAL)).toBe('Not allowed.')
  })

  it('hands it the request and the peer', async () => {
    const seen: unknown[] = []
    const authorize: Authorize = (request, { remoteAddress }) => {
      seen.push(request.headers.get('authorization'), remoteAddress)
      return 'alice'
    }

    await refusal({ authorize, env: {} }, asked({ authorization: 'Bearer x' }), LOCAL)

    expect(seen).toEqual(['Bearer x', '127.0.0.1'])
  })
})

/** Why it is refused; `undefined`: it is not. */
async function refusal(rules: AccessRules, request: Request, context: AdminContext) {
  const admission = await admit(rules, request, context)
  return admission.kind === 'refused' ? admission.reason : undefined
}

function asked(headers: Record<string, string> = {}): Request {
  return new Request('http://localhost/', { headers: { host: 'localhost:3000', ...headers } })
}

function inDevelopment(request: Request, context: AdminContext): Promise<string | undefined> {
  return refusal({ authorize: undefined, env: { NODE_ENV: 'development' } }, request, context)
}

function inProduction(authorize: Authorize): Promise<string | undefined> {
  const rules = { authorize, env: { NODE_ENV: 'production' } }
  return refusal(rules, asked({ host: 'shop.example' }), { remoteAddress: '203.0.113.5' })
}
