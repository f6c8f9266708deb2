import { expect, test } from '@jest/globals';
import { filesFirst } from '../../../adapter/machine/namespace/privatenames.ts';

test.each([
  ['hosts: files dns\n', undefined],
  ['passwd: files\nhosts:\tfiles mdns4_minimal [NOTFOUND=return] dns\n', undefined],
  ['', undefined],
  ['# hosts: resolve files\n', undefined],
  [
    'passwd: files systemd\nhosts:      mymachines resolve [!UNAVAIL=return] files myhostname dns # x\nnetworks: files\n',
    'passwd: files systemd\nhosts: files mymachines resolve [!UNAVAIL=return] myhostname dns # x\nnetworks: files\n',
  ],
  ['hosts: resolve files [NOTFOUND=return] dns', 'hosts: files resolve dns'],
  ['hosts: dns myfiles\n', 'hosts: files dns myfiles\n'],
  ['  hosts: dns $1 $&\n', '  hosts: files dns $1 $&\n'],
])(
  "the system's resolver looks into the hosts file before it asks anybody outside the namespace: %j",
  (text, wanted) => {
    expect(filesFirst(text)).toBe(wanted);
  },
);
