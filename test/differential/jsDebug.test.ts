import { jsDebug } from './adapters.ts';
import { differential } from './suite.ts';

await differential('jsDebug', jsDebug);
