const shared = {
  testEnvironment: 'node',
  // Jest's clean-up of globals calls itself without end on signal-exit's emitter (execa has it).
  testEnvironmentOptions: { globalsCleanup: 'off' },
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          experimental: { keepImportAttributes: true },
          target: 'es2022',
          parser: { syntax: 'typescript' },
        },
        module: { type: 'es6' },
      },
    ],
  },
};

export default {
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '/test/real/'],
    },
    {
      ...shared,
      displayName: 'real',
      globalSetup: '<rootDir>/test/real/support/clearing.ts',
      testMatch: ['<rootDir>/test/real/**/*.test.ts'],
    },
  ],
  testTimeout: 60000,
};
