import { gdb } from './adapters.ts';
import { differential } from './suite.ts';

await differential('gdb', gdb);
