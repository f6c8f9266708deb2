const shared = {
  testEnvironment: 'node',
  // Jest's clean-up of globals calls itself without end on signal-exit's emitter (execa has it).
  testEnvironmentOptions: { globalsCleanup: 'off' },
  extensionsToTreatAsEsm: ['.ts'],
  // The extension's package has the name of the program's.
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/extension/package.json'],
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
      testPathIgnorePatterns: ['/node_modules/', '/test/real/', '/test/workbench/'],
    },
    {
      ...shared,
      displayName: 'real',
      globalSetup: '<rootDir>/test/real/support/clearing.ts',
      testMatch: ['<rootDir>/test/real/**/*.test.ts'],
    },
    {
      ...shared,
      displayName: 'workbench',
      globalSetup: '<rootDir>/test/real/support/clearing.ts',
      testMatch: ['<rootDir>/test/workbench/**/*.test.ts'],
    },
  ],
  testTimeout: 60000,
};
