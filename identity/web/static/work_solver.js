/** One worker that solves its share of a proof of work: see work.js, which starts and ends it. */

import { search } from "./work_puzzle.js";

self.onmessage = async ({ data: { parameters, share } }) => {
  try {
    const solution = await search(parameters, share, (tries) => self.postMessage({ tries }));
    self.postMessage({ solution });
  } catch {
    self.postMessage({ failed: true });
  }
};
