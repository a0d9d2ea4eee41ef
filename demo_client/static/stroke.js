/**
 * Which nodes a pattern visits. Nodes are numbered row by row from 0; a stroke that passes straight
 * over a node visits it on the way, unless it was visited before (Android's rule). So whatever is
 * drawn, there is one way to write it down, and it is the one the service knows.
 */

/** The pattern after a stroke to `node`; a node that was visited changes nothing. */
export function joined(nodes, node, columns) {
  if (nodes.includes(node)) return nodes;
  const over = nodes.length ? between(nodes.at(-1), node, columns) : [];
  return [...nodes, ...over.filter((passed) => !nodes.includes(passed)), node];
}

/** The nodes that lie exactly on the straight line from one to another. */
function between(from, to, columns) {
  const [down, right] = [row(to, columns) - row(from, columns), (to % columns) - (from % columns)];
  const steps = divisor(Math.abs(down), Math.abs(right));
  const stride = (down / steps) * columns + right / steps;
  return Array.from({ length: steps - 1 }, (_, step) => from + stride * (step + 1));
}

export const row = (node, columns) => Math.floor(node / columns);

/** The greatest common divisor: into so many equal steps the line can be cut. */
const divisor = (one, other) => (other === 0 ? one : divisor(other, one % other));
