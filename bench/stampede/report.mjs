const COLUMNS = [
  { scene: 'cold', title: 'cold: computations', figure: ({ computations }) => computations },
  { scene: 'cold', title: 'slowest caller, ms', figure: ({ slowestMs }) => slowestMs },
  { scene: 'failing', title: 'failing: calls', figure: ({ calls }) => calls },
  { scene: 'failing', title: 'callers told', figure: ({ told }) => told },
  { scene: 'failing', title: 'last one after, ms', figure: ({ lastMs }) => lastMs },
  { scene: 'hot', title: 'hot: computations', figure: ({ computations }) => computations },
  { scene: 'hot', title: 'slow reads', figure: ({ slow }) => slow },
  { scene: 'hot', title: 'slowest, ms', figure: ({ slowestMs }) => slowestMs },
  { scene: 'hot', title: 'oldest, ms', figure: ({ oldestMs }) => oldestMs },
]

/** `rows`: of each framework its name, and the figures of each of `scenes`. */
export function tableOf(rows, scenes) {
  const columns = COLUMNS.filter(({ scene }) => scenes.includes(scene))
  return {
    title: 'Stampedes: processes at one store',
    head: ['framework', ...columns.map(({ title }) => title)],
    rows: rows.map((row) => [
      row.name,
      ...columns.map(({ scene, figure }) => grouped(figure(row[scene]))),
    ]),
  }
}

function grouped(figure) {
  return Math.round(figure).toLocaleString('en')
}
