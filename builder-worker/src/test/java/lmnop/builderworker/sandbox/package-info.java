/** What {@link lmnop.builderworker.sandbox} promises. */
@NullMarked
package lmnop.builderworker.sandbox;

import org.jspecify.annotations.NullMarked;
