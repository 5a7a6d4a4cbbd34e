/** A Spring Cloud Gateway with one route and nothing of ours, to measure beside the router. */
@NullMarked
package lmnop.loadtest.bench.gateway;

import org.jspecify.annotations.NullMarked;
