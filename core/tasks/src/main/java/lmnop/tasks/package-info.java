/**
 * The task queue in PostgreSQL: submit, claim, beat, finish; leases and fencing tokens.
 *
 * <p>May use operations. Start at {@link lmnop.tasks.TaskQueue}.
 */
@NullMarked
package lmnop.tasks;

import org.jspecify.annotations.NullMarked;
