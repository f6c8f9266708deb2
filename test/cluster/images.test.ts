import { expect, test } from '@jest/globals';
import { wholeName } from '../../adapter/cluster/images.ts';

test.each([
  ['node', 'docker.io/library/node:latest'],
  ['node:22-alpine', 'docker.io/library/node:22-alpine'],
  ['docker.io/library/node:22-alpine', 'docker.io/library/node:22-alpine'],
  ['me/node', 'docker.io/me/node:latest'],
  ['me/tools/node:1', 'docker.io/me/tools/node:1'],
  ['localhost/shop:1', 'localhost/shop:1'],
  ['localhost:5000/shop', 'localhost:5000/shop:latest'],
  ['ghcr.io/me/node', 'ghcr.io/me/node:latest'],
  ['node@sha256:abc', 'docker.io/library/node@sha256:abc'],
  ['ghcr.io/node:1@sha256:abc', 'ghcr.io/node:1@sha256:abc'],
])('the image %s is called %s by a node', (image, name) => {
  expect(wholeName(image)).toBe(name);
});
