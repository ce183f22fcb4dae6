import { Controller, Delete, Get, Param } from '@nestjs/common'
import type { Caches } from 'reprise'
import { CachePage, InjectCaches, NeverCache, purgePage } from 'reprise/nest'

@Controller('reports')
export class ReportsController {
  #made = 0

  constructor(@InjectCaches() private readonly caches: Caches) {}

  /** It costs something: made once in a quarter of an hour. */
  @Get(':year')
  @CachePage({ ttl: '15m', origin: 'https://reports.example' })
  report(@Param('year') year: string) {
    this.#made += 1
    let total = 0
    for (let n = 0; n < 1_000_000; n++) total += (n * Number(year)) % 97
    return { year, total, made: this.#made }
  }

  @Get()
  @NeverCache()
  made() {
    return { made: this.#made }
  }

  @Delete(':year')
  async remove(@Param('year') year: string) {
    const removed = await purgePage(this.caches, `/reports/${year}`, {
      origin: 'https://reports.example',
    })
    return { removed }
  }
}
