/** Tests of the way into the database. */
@NullMarked
package lmnop.operations.database;

import org.jspecify.annotations.NullMarked;
