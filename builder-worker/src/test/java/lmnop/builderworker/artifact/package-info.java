/** What {@link lmnop.builderworker.artifact} promises. */
@NullMarked
package lmnop.builderworker.artifact;

import org.jspecify.annotations.NullMarked;
