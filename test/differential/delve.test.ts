import { delve } from './adapters.ts';
import { differential } from './suite.ts';

await differential('delve', delve);
