/**
 * Everything on one machine: an embedded PostgreSQL and the four apps, each in a process of its
 * own, the same jars that run in a cluster.
 *
 * <p>Uses only {@code core/operations}; it knows the apps by their settings files, never by their
 * code. Start at {@link lmnop.standalone.StandaloneMain}; {@link lmnop.standalone.Platform} lists
 * what is started and in which order.
 */
@NullMarked
package lmnop.standalone;

import org.jspecify.annotations.NullMarked;
