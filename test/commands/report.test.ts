import { expect, test } from '@jest/globals';
import { describeReport } from '../../adapter/commands/report.ts';
import { Diagnostics } from '../../adapter/diagnostics.ts';

test('a report for people: traffic, services, warnings, values on one line', async () => {
  const diagnostics = new Diagnostics({ session: 'cafe', since: '2026-01-01T00:00:00.000Z', log: '/none' });
  diagnostics.note({
    target: 'service/web',
    namespace: 'shop',
    context: 'here',
    ports: [{ local: 3000, remote: 80 }],
    environment: { LINES: 'a\nb', UNSET: null },
    exposure: {
      services: [
        {
          name: 'prices',
          namespace: 'shop',
          address: '127.0.0.1',
          hostnames: [],
          ports: [
            { port: 5000, local: 40001 },
            { port: 6000, local: 6000 },
          ],
          traffic: { open: 1, total: 2, received: 30, sent: 4 },
        },
      ],
      entries: [{ address: '127.0.0.1', hostnames: ['prices', 'prices.shop'] }],
    },
  });
  diagnostics.warn('It went less well.');
  const lines = describeReport(await diagnostics.report({ showSecrets: true }));
  const text = lines.join('\n');
  expect(text).toMatch(/target +service\/web in shop, context here/);
  expect(text).toMatch(/traffic +connections 0 \(0 ever\), bytes received 0, sent 0/);
  expect(text).toMatch(/reached +connections 1 \(2 ever\), bytes received 30, sent 4/);
  expect(text).toMatch(/warnings\n +\S+Z It went less well\./);
  expect(text).toContain('LINES = "a\\nb"');
  expect(text).toContain('UNSET is unset');
  expect(text).toContain(
    'prices.shop: 127.0.0.1, ports 5000 at 40001, 6000; connections 1 (2 ever), bytes received 30, sent 4',
  );
  expect(text).toContain('127.0.0.1 prices prices.shop');
});
