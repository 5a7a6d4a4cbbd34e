/** Tests of the routing table against a real PostgreSQL. */
@NullMarked
package lmnop.registry.table;

import org.jspecify.annotations.NullMarked;
