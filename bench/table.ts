/** One line of the result. */
export interface Row {
  what: string;
  ours: number;
  unit: string;
  /** What ours is compared with. */
  other?: number;
  goal?: Goal;
}

/** Of the ratio or the difference to the other figure, or of our own. */
export interface Goal {
  of: 'ratio' | 'difference' | 'ours';
  atMost?: number;
  atLeast?: number;
}

/** Prints rows below a heading; `other` is the title of what ours is compared with. */
export function print(heading: string, rows: readonly Row[], other = 'kubectl'): void {
  const titles = ['', 'ours', other, 'unit', 'ratio', 'goal', ''];
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

function cellsOf({ what, ours, other, unit, goal }: Row): string[] {
  const measured = {
    ours,
    ratio: other === undefined ? undefined : ours / other,
    difference: other === undefined ? undefined : ours - other,
  };
  const { ratio } = measured;
  return [
    what,
    figure(ours),
    other === undefined ? '' : figure(other),
    unit,
    ratio === undefined ? '' : `${ratio.toFixed(2)}×`,
    goal === undefined ? '' : goalText(goal, unit),
    goal === undefined ? '' : reached(goal, measured[goal.of]) ? 'reached' : 'MISSED',
  ];
}

function goalText({ of, atMost, atLeast }: Goal, unit: string): string {
  const bound = atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`;
  return of === 'ratio' ? `${bound}×` : `${of === 'difference' ? `${bound} more` : bound} ${unit}`;
}

function reached({ atMost = Infinity, atLeast = -Infinity }: Goal, value = Number.NaN): boolean {
  return value <= atMost && value >= atLeast;
}

/** Three digits that mean something. */
function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
