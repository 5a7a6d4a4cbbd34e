/**
 * What the machine has and what others hold on it: programs, ports, processes, the user.
 *
 * <p>Depends on the JDK alone, because {@code doctor} runs from its sources before anything is
 * built. Start at {@link lmnop.standalone.machine.Programs}.
 */
@NullMarked
package lmnop.standalone.machine;

import org.jspecify.annotations.NullMarked;
