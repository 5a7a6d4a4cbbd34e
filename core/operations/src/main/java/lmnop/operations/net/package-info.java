/**
 * Where a connection may go that somebody else asks for.
 *
 * <p>Depends on nothing of ours. Start at {@link lmnop.operations.net.Addresses}.
 */
@NullMarked
package lmnop.operations.net;

import org.jspecify.annotations.NullMarked;
