/**
 * The router beside its peers: the same backend, the same clients, one run.
 *
 * <p>Start at {@link lmnop.loadtest.bench.router.RouterBench}.
 */
@NullMarked
package lmnop.loadtest.bench.router;

import org.jspecify.annotations.NullMarked;
