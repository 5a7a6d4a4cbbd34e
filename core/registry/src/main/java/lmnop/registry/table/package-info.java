/**
 * The routing table of a router: a Caffeine cache over the database, kept fresh by the change feed.
 *
 * <p>May use names and operations. Start at {@link lmnop.registry.table.Routes}.
 */
@NullMarked
package lmnop.registry.table;

import org.jspecify.annotations.NullMarked;
