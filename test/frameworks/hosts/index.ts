import express from 'express'
import express4 from 'express4'
import { expressPage, expressSite, plainExpress } from './express.ts'
import { fastifyPage, fastifySite, plainFastify } from './fastify.ts'
import { honoPage, honoSite, plainHono } from './hono.ts'
import { koaPage, koaSite, plainKoa } from './koa.ts'
import { nestPage, nestSite, plainNest } from './nest.ts'
import { nodePage, nodeSite, wrapped } from './node.ts'
import type { Host } from './site.ts'

/** Every way of putting the page cache in front of a page, in every framework. */
export const HOSTS: Readonly<Record<string, Host>> = {
  'node:http, cacheSite': nodeSite,
  'node:http, cachePage': nodePage,
  'Express, cacheSite': expressSite(express),
  'Express, cachePage': expressPage(express),
  'Express, wrapSite': wrapped(plainExpress(express)),
  'Express 4, cacheSite': expressSite(express4),
  'Express 4, cachePage': expressPage(express4),
  'Express 4, wrapSite': wrapped(plainExpress(express4)),
  'Fastify, cacheSite': fastifySite,
  'Fastify, cachePage': fastifyPage,
  'Fastify, wrapSite': wrapped(plainFastify),
  'Koa, cacheSite': koaSite,
  'Koa, cachePage': koaPage,
  'Koa, wrapSite': wrapped(plainKoa),
  'Hono, cacheSite': honoSite,
  'Hono, cachePage': honoPage,
  'Hono, wrapSite': wrapped(plainHono),
  'Nest on Express, cacheSite': nestSite('express'),
  'Nest on Express, @CachePage': nestPage('express'),
  'Nest on Express, wrapSite': wrapped(plainNest('express')),
  'Nest on Fastify, cacheSite': nestSite('fastify'),
  'Nest on Fastify, @CachePage': nestPage('fastify'),
  'Nest on Fastify, wrapSite': wrapped(plainNest('fastify')),
}
