// Cached handlers in Nest. On Fastify the same decorators work.
//
//   npm run build && PORT=3000 node examples/nest/dist/server.js
//
// The cache is in this process; with CACHE_URL=memcached://127.0.0.1 it is a server.
import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { SiteModule } from './site.module.ts'

const app = await NestFactory.create(SiteModule, { logger: ['error', 'warn'] })
await app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
console.log((await app.getUrl()).replace('localhost', '127.0.0.1'))
