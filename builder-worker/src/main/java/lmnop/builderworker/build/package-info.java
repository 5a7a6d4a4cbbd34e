/**
 * A build: its stages in running order, one class each, its log and how it ends.
 *
 * <p>May use every other package of this app but its root. Start at {@link
 * lmnop.builderworker.build.Stage}.
 */
@NullMarked
package lmnop.builderworker.build;

import org.jspecify.annotations.NullMarked;
