/**
 * The access log: a JSON line for every request, written by a thread of its own.
 *
 * <p>Depends on nothing of ours. Start at {@link lmnop.router.accesslog.AccessLog}.
 */
@NullMarked
package lmnop.router.accesslog;

import org.jspecify.annotations.NullMarked;
