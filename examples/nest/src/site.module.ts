import { Module } from '@nestjs/common'
import { createCaches } from 'reprise'
import { RepriseModule } from 'reprise/nest'
import { ReportsController } from './reports.controller.ts'

@Module({
  imports: [RepriseModule.forRoot(createCaches())],
  controllers: [ReportsController],
})
export class SiteModule {}
