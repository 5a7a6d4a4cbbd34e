/**
 * What an app is made of and in which order it starts and stops; its background loops.
 *
 * <p>Depends on nothing of ours. Start at {@link lmnop.operations.lifecycle.Parts}.
 */
@NullMarked
package lmnop.operations.lifecycle;

import org.jspecify.annotations.NullMarked;
