/**
 * What must be true before the platform starts, each refusal one plain sentence, and {@code
 * doctor}, which shows all of it and what is optional.
 *
 * <p>Depends on the JDK alone, because {@code doctor} runs from its sources before anything is
 * built. Start at {@link lmnop.standalone.checks.Preconditions}.
 */
@NullMarked
package lmnop.standalone.checks;

import org.jspecify.annotations.NullMarked;
