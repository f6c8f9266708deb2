import { debugpy } from './adapters.ts';
import { differential } from './suite.ts';

await differential('debugpy', debugpy);
