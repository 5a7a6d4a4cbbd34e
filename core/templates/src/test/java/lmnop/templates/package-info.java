/** What {@link lmnop.templates} promises. */
@NullMarked
package lmnop.templates;

import org.jspecify.annotations.NullMarked;
