/** @file The worker of the page, where everything is computed. */

import { type Port, serve } from './calls.ts';
import { methodsOf } from './session/methods.ts';

serve(globalThis as unknown as Port, methodsOf({}));
