/** What {@link lmnop.builderworker.template} promises. */
@NullMarked
package lmnop.builderworker.template;

import org.jspecify.annotations.NullMarked;
