/** What {@link lmnop.controlplane.crashes} promises. */
@NullMarked
package lmnop.controlplane.crashes;

import org.jspecify.annotations.NullMarked;
