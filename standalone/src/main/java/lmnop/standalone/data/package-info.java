/**
 * The one directory in which the platform keeps everything, and the lock that makes it one
 * platform's at a time.
 *
 * <p>Depends on the JDK alone, because {@code doctor} runs from its sources before anything is
 * built. Start at {@link lmnop.standalone.data.DataDirectory}.
 */
@NullMarked
package lmnop.standalone.data;

import org.jspecify.annotations.NullMarked;
