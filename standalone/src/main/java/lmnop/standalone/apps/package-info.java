/**
 * The four apps as a platform on one machine starts them: their jars, their settings and
 * credentials, their JVMs, and the caches that make the next start quick.
 *
 * <p>May use {@code data}, {@code machine}, {@code processes} and credentials. Start at {@link
 * lmnop.standalone.apps.App}.
 */
@NullMarked
package lmnop.standalone.apps;

import org.jspecify.annotations.NullMarked;
