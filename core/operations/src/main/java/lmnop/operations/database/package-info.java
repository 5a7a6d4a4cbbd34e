/**
 * PostgreSQL as every app meets it: the R2DBC pool, transactions, change notices and the
 * migrations.
 *
 * <p>May use settings, credentials and lifecycle. Start at {@link
 * lmnop.operations.database.Database}.
 */
@NullMarked
package lmnop.operations.database;

import org.jspecify.annotations.NullMarked;
