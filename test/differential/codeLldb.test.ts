import { codeLldb } from './adapters.ts';
import { differential } from './suite.ts';

await differential('codeLldb', codeLldb);
