/**
 * The certificates of the encrypted listener, read from a directory and exchanged while it runs.
 *
 * <p>May use metrics. Start at {@link lmnop.router.tls.Certificates}.
 */
@NullMarked
package lmnop.router.tls;

import org.jspecify.annotations.NullMarked;
