/** Tests of the PostgreSQL that comes along, with the real one. */
@NullMarked
package lmnop.standalone.postgresql;

import org.jspecify.annotations.NullMarked;
