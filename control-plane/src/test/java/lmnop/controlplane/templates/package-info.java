/** What {@link lmnop.controlplane.templates} promises. */
@NullMarked
package lmnop.controlplane.templates;

import org.jspecify.annotations.NullMarked;
