/** What the tars of {@link lmnop.operations.archive} promise. */
@NullMarked
package lmnop.operations.archive;

import org.jspecify.annotations.NullMarked;
