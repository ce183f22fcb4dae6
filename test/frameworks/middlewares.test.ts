import express from 'express'
import express4 from 'express4'
import type { EquippedHost, Order } from './hosts/equipment.ts'
import { equippedExpress } from './hosts/equipped-express.ts'
import { equippedFastify } from './hosts/equipped-fastify.ts'
import { equippedHono } from './hosts/equipped-hono.ts'
import { equippedKoa } from './hosts/equipped-koa.ts'
import { decoratedNest, equippedNest } from './hosts/equipped-nest.ts'
import { middlewareContract } from './hosts/middlewares.ts'

const EVERY_ORDER: readonly Order[] = ['outside', 'inside', 'wrapSite']

const EQUIPPED: readonly (readonly [string, EquippedHost, readonly Order[]])[] = [
  ['Express', equippedExpress(express), EVERY_ORDER],
  ['Express 4', equippedExpress(express4), EVERY_ORDER],
  ['Fastify', equippedFastify, EVERY_ORDER],
  ['Koa', equippedKoa, EVERY_ORDER],
  ['Hono', equippedHono, EVERY_ORDER],
  ['Nest on Express', equippedNest('express'), EVERY_ORDER],
  ['Nest on Express, @CachePage', decoratedNest('express'), ['inside']],
  ['Nest on Fastify', equippedNest('fastify'), EVERY_ORDER],
  ['Nest on Fastify, @CachePage', decoratedNest('fastify'), ['inside']],
]

for (const [name, host, orders] of EQUIPPED) {
  for (const order of orders) middlewareContract(name, host, order)
}
