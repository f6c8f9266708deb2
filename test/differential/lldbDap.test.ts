import { lldbDap } from './adapters.ts';
import { differential } from './suite.ts';

await differential('lldbDap', lldbDap);
