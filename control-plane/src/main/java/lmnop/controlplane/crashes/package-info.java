/**
 * What functions' instances left that ended by themselves: the provider keeps it, and here it gets
 * the revision and the commit.
 *
 * <p>May use accounts and git. Start at {@link lmnop.controlplane.crashes.Crashes}.
 */
@NullMarked
package lmnop.controlplane.crashes;

import org.jspecify.annotations.NullMarked;
