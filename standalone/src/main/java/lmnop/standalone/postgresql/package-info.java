/**
 * The PostgreSQL that comes along: unpacking, first start, roles, stopping.
 *
 * <p>May use {@code data}, {@code machine}, {@code processes} and credentials. Start at {@link
 * lmnop.standalone.postgresql.Postgresql}.
 */
@NullMarked
package lmnop.standalone.postgresql;

import org.jspecify.annotations.NullMarked;
