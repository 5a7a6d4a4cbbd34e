/**
 * {@code ./lmnop bench kubernetes}: what an installation of the chart does when it is used, and
 * when something breaks. It knows the cluster by kubectl and may depend on the bench's own tools,
 * never on an app.
 */
@NullMarked
package lmnop.loadtest.bench.cluster;

import org.jspecify.annotations.NullMarked;
