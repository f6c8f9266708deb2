// The layers of the project. An arrow that points up, or sideways between the four rooms, fails the build.
const rooms = ['cluster', 'machine', 'debugger', 'dap'];
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'rooms-do-not-know-each-other',
      severity: 'error',
      from: { path: `^adapter/(${rooms.join('|')})/` },
      to: { path: `^adapter/(${rooms.join('|')})/`, pathNot: '^adapter/$1/' },
    },
    {
      name: 'rooms-do-not-know-the-story',
      severity: 'error',
      from: { path: `^adapter/(${rooms.join('|')}|tunnel)/` },
      to: { path: '^adapter/((main|session|launch|restore)\\.ts$|commands/)' },
    },
    {
      name: 'the-tunnel-knows-the-protocol-only',
      severity: 'error',
      from: { path: '^adapter/tunnel/' },
      to: { path: `^adapter/(${rooms.join('|')})/` },
    },
    {
      name: 'the-agent-stands-alone',
      severity: 'error',
      from: { path: '^agent/' },
      to: { path: '^(adapter|node_modules)' },
    },
    {
      name: 'the-extension-runs-the-program',
      severity: 'error',
      from: { path: '^extension/' },
      to: { path: '^(adapter|agent)/' },
    },
    {
      name: 'launch-does-not-know-the-session',
      severity: 'error',
      from: { path: '^adapter/launch\\.ts$' },
      to: { path: '^adapter/((session|main)\\.ts$|commands/)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
