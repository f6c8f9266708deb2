/** One line of the result. */
export interface Row {
  what: string;
  ours: number;
  unit: string;
  kubectl?: number;
  goal?: Goal;
}

/** Of the ratio to kubectl, or of our own figure. */
export interface Goal {
  of: 'ratio' | 'ours';
  atMost?: number;
  atLeast?: number;
}

/** Prints rows below a heading. */
export function print(heading: string, rows: readonly Row[]): void {
  const titles = ['', 'ours', 'kubectl', 'unit', 'ratio', 'goal', ''];
  const cells = [titles, ...rows.map(cellsOf)];
  const widths = titles.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return [0, 3, 6].includes(column) ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
  process.stdout.write(`\n${heading}\n${lines.join('\n')}\n`);
}

function cellsOf({ what, ours, kubectl, unit, goal }: Row): string[] {
  const ratio = kubectl === undefined ? undefined : ours / kubectl;
  return [
    what,
    figure(ours),
    kubectl === undefined ? '' : figure(kubectl),
    unit,
    ratio === undefined ? '' : `${ratio.toFixed(2)}×`,
    goal === undefined ? '' : goalText(goal, unit),
    goal === undefined ? '' : reached(goal, goal.of === 'ours' ? ours : ratio) ? 'reached' : 'MISSED',
  ];
}

function goalText({ of, atMost, atLeast }: Goal, unit: string): string {
  const bound = atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`;
  return of === 'ratio' ? `${bound}×` : `${bound} ${unit}`;
}

function reached({ atMost = Infinity, atLeast = -Infinity }: Goal, value = Number.NaN): boolean {
  return value <= atMost && value >= atLeast;
}

/** Three digits that mean something. */
function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
