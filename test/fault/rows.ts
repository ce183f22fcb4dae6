/** One kind of fault, and the files whose tests prove what the client makes of it. */
export interface FaultRow {
  readonly row: number
  readonly fault: string
  /** Under `test/`. Each has tests whose titles begin with `row N:`. */
  readonly files: readonly string[]
}

function row(number: number, fault: string, ...files: string[]): FaultRow {
  return { row: number, fault, files }
}

/** Everything that a client must survive. */
export const FAULT_ROWS: readonly FaultRow[] = [
  row(1, 'the server is killed', 'fault/server', 'fault/network', 'fault/outcome'),
  row(
    2,
    'killed behind a load balancer, which accepts and closes',
    'fault/server',
    'fault/network',
  ),
  row(3, 'it accepts and never answers', 'fault/server', 'fault/network', 'fault/outcome'),
  row(4, 'it answers after the timeout', 'fault/network', 'fault/outcome'),
  row(5, 'half a reply, then a reset or an end', 'fault/network'),
  row(6, 'a reset in the middle of a batch', 'fault/network', 'fault/outcome'),
  row(7, 'replies in small or huge pieces', 'fault/network'),
  row(8, 'the name moves, has several addresses, or does not resolve', 'fault/names'),
  row(9, 'started again, and empty', 'fault/server', 'fault/replay'),
  row(10, 'one of three is cut off', 'fault/partition'),
  row(11, 'it is out of memory', 'fault/server'),
  row(12, 'a value is too large', 'fault/server'),
  row(13, 'it has too many connections', 'fault/server'),
  row(14, 'it closes idle connections', 'fault/server'),
  row(15, 'a clock is set', 'fault/clock'),
  row(16, 'garbage, or another protocol', 'fault/network', 'fault/outcome'),
  row(17, "another command's reply", 'fault/network', 'fault/outcome'),
  row(18, 'up and down all the time, with many clients', 'fault/storm', 'fault/outcome'),
  row(19, 'this process stalls', 'fault/stall', 'fault/outcome'),
  row(20, 'too little memory, or a server that takes too little', 'fault/pressure'),
  row(21, 'the caller goes away', 'fault/abort'),
  row(22, 'several processes, and their end', 'fault/processes'),
  row(23, 'others empty, evict, race and die', 'fault/others'),
  row(24, 'the login is refused', 'integration/client/auth', 'fault/outcome'),
]
