/** What {@link lmnop.builderworker.registries} promises. */
@NullMarked
package lmnop.builderworker.registries;

import org.jspecify.annotations.NullMarked;
