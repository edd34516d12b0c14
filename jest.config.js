const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript', explicitResourceManagement: true }, target: 'es2022' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  restoreMocks: true,
};

/** A kind of test is a project of its own, so that `--selectProjects unit` needs no lab. */
const project = (name) => ({
  ...shared,
  displayName: name,
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
});

/** @type {import('jest').Config} */
export default {
  projects: ['unit', 'contract', 'integration', 'e2e'].map(project),
  coverageProvider: 'babel',
  // How long something takes is no matter for a test: this only ends what hangs.
  testTimeout: 240_000,
};
