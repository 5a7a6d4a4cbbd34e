/**
 * What the router counts of its own traffic, and how Prometheus reads it: the OpenFaaS gateway's
 * metrics by name, type and label, and lmnop's own.
 *
 * <p>May use outcomes. Start at {@link lmnop.router.metrics.RouterMetrics}.
 */
@NullMarked
package lmnop.router.metrics;

import org.jspecify.annotations.NullMarked;
