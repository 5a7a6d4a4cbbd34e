/** Tests of the queue against a real PostgreSQL. */
@NullMarked
package lmnop.tasks;

import org.jspecify.annotations.NullMarked;
