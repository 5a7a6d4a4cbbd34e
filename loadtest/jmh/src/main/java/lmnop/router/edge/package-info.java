/** Benchmarks of the edge, in its package, as much of it is not seen from outside. */
@NullMarked
package lmnop.router.edge;

import org.jspecify.annotations.NullMarked;
