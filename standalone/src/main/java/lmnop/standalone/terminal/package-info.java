/**
 * What the user sees: colours on a terminal and none elsewhere, one status line that is redrawn,
 * and the prefixed lines of the apps.
 *
 * <p>Depends on the JDK alone, because {@code doctor} runs from its sources before anything is
 * built. Start at {@link lmnop.standalone.terminal.Terminal}.
 */
@NullMarked
package lmnop.standalone.terminal;

import org.jspecify.annotations.NullMarked;
