import type { HealthReply } from '../../../src/admin/api/health.ts'
import { useApi } from '../use-api.ts'
import { Answered, Section } from './parts.tsx'

export function Health() {
  const answer = useApi<HealthReply>('health?window=10', 5000)
  return (
    <Section id="health" title="Health" note="what is wrong, and what to do">
      <Answered answer={answer}>
        {({ findings, checks }) =>
          findings.length === 0 ? (
            <p class="good">Nothing was found: {checks} checks passed.</p>
          ) : (
            <ul class="findings">
              {findings.map(({ id, severity, server, alias, sentence, advice }) => (
                <li key={`${id} ${server} ${alias}`} class={severity}>
                  <strong>{severity}</strong>
                  <p>{sentence}</p>
                  <p class="quiet">{advice}</p>
                </li>
              ))}
            </ul>
          )
        }
      </Answered>
    </Section>
  )
}
