/** Told by `reprise --help` and every command's own. A test holds it against `EXIT`. */
const EXIT_CODES = `Exit codes:
  0    done
  1    failed
  2    wrong usage
  4    a server could not be reached
  130  interrupted`

export const HELP: string = `Usage: reprise <command> [options]

Looks at the Memcached servers behind a Reprise cache.

Commands:
  stats          Shows what the servers do and how full they are

Options:
  -h, --help     Shows this, or the help of a command
  -v, --version  Shows the version

Examples:
  reprise stats --servers 10.0.0.1,10.0.0.2:11212
  CACHE_URL=memcached://10.0.0.1 reprise stats --watch
  CACHE_URL=memcacheds://user:password@cache.internal reprise stats

${EXIT_CODES}
`

export const STATS_HELP: string = `Usage: reprise stats [options]

Asks every server twice and shows what happened in between, and how full it is.
The figures are those of the dashboard: – where there is nothing to say, and
totals in which hits and gets are added before they are divided.

Options:
  -s, --servers <list>    host, host:port, [v6]:port or unix:/path, with commas.
                          Else CACHE_URL, else MEMCACHE_SERVERS,
                          else 127.0.0.1:11211
  -i, --interval <time>   Between the two questions: 500ms, 1s, 1m (default: 1s)
  -w, --watch             Goes on until it is interrupted
      --json              One JSON object, with --watch one per line;
                          ratios are from 0 to 1
      --no-color          Without colors; NO_COLOR and FORCE_COLOR count too
  -h, --help              Shows this

Examples:
  reprise stats
  reprise stats -s 10.0.0.1,10.0.0.2 --interval 10s
  reprise stats --json | jq .total.hitRatio

${EXIT_CODES}
`
